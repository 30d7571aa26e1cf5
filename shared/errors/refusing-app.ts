import type { Context, Env, Hono } from 'hono';
import { problemResponse } from './problem.ts';
import { Refusal, toRefusal } from './refusals.ts';

/** Has an application answer whatever its handlers throw, and paths it does not have, with a problem document. */
export function answerWithProblems<AppEnv extends Env>(app: Hono<AppEnv>): void {
  app.onError((error) => problemResponse(toRefusal(error)));
  app.notFound(() => {
    throw new Refusal('not_found', { detail: 'There is nothing at this path.' });
  });
}

/**
 * A handler for all other methods of a path.
 *
 * @param allow the methods it has, as in the header of that name.
 */
export function allowOnly(allow: string): (c: Context) => never {
  return (c) => {
    throw new Refusal('method_not_allowed', { detail: `Not ${c.req.method}, but ${allow}.`, headers: { allow } });
  };
}
