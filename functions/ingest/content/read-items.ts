import { Refusal } from '#shared/errors/refusals.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Limits } from '../limits.ts';
import { readJson } from './body.ts';
import type { Received } from './received.ts';

/**
 * Reads a request's events, in whatever format and encoding its headers name.
 *
 * @throws Refusal `unsupported_media_type`, `unsupported_content_encoding`, `malformed_encoding`, `malformed_json`,
 *   `invalid_body`, `payload_too_large`, `too_many_events`.
 */
export async function readItems(
  request: Request,
  { listName }: Pick<Endpoint<never>, 'listName'>,
  { maxBodyBytes, maxEvents }: Limits,
): Promise<Received> {
  const { json, inexact, body } = await readJson(request, maxBodyBytes);
  return { items: itemsOf(json, listName, maxEvents), inexact, body };
}

/**
 * The items of a parsed body: one, an array, or an object whose member `listName` is the array.
 *
 * @throws Refusal `invalid_body`, `too_many_events`.
 */
function itemsOf(json: unknown, listName: string, maxEvents: number): readonly unknown[] {
  if (typeof json !== 'object' || json === null) {
    throw new Refusal('invalid_body', { detail: `Send an object, an array of objects, or {"${listName}": […]}.` });
  }
  const list = Array.isArray(json) ? json : Object.hasOwn(json, listName) ? listOf(json, listName) : [json];
  if (list.length === 0) throw new Refusal('invalid_body', { detail: 'There is nothing in the body.' });
  if (list.length > maxEvents) {
    throw new Refusal('too_many_events', {
      detail: `A request has at most ${maxEvents}; this one has ${list.length}.`,
    });
  }
  return list;
}

function listOf(json: object, listName: string): readonly unknown[] {
  const list = (json as Record<string, unknown>)[listName];
  if (!Array.isArray(list)) {
    throw new Refusal('invalid_body', { detail: `${listName}: must be an array`, members: { path: listName } });
  }
  const other = Object.keys(json).find((name) => name !== listName);
  if (other !== undefined) {
    throw new Refusal('invalid_body', {
      detail: `${other}: unknown field beside ${listName}`,
      members: { path: other },
    });
  }
  return list as unknown[];
}
