import { PROBLEM_JSON, problemOf } from '#shared/errors/problem.ts';
import { type Refusal, REFUSALS } from '#shared/errors/refusals.ts';
import type { EventResult, Tally } from './results.ts';

/** What a request that was processed is answered. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** JSON text. */
  readonly body: string;
  /** Particular to this answer, such as that it is given again. */
  readonly headers: Readonly<Record<string, string>>;
  /** False where sending the same again may have another outcome. */
  readonly isFinal: boolean;
}

/** The answer where something was accepted. */
export function acceptance(results: readonly EventResult[], { accepted, rejected, retry }: Tally): Answer {
  const members = { accepted, rejected, ...(retry === 0 ? {} : { retry }), results };
  return {
    status: 202,
    contentType: 'application/json',
    body: JSON.stringify(members),
    headers: {},
    isFinal: retry === 0,
  };
}

/** The answer where nothing was. */
export function refusalAnswer(refusal: Refusal): Answer {
  return {
    status: REFUSALS[refusal.code].status,
    contentType: PROBLEM_JSON,
    body: JSON.stringify(problemOf(refusal)),
    headers: { 'cache-control': 'no-store' },
    isFinal: refusal.status === 422,
  };
}
