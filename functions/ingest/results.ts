import { Refusal, type RefusalCode } from '#shared/errors/refusals.ts';
import type { EventError } from '#shared/events/problems.ts';
import type { PublishOutcome, RetryReason } from '#shared/publishing/outcome.ts';
import type { Admission } from './admission.ts';

/** What is answered about one event. */
export interface EventResult {
  /** Absent only for a rejected event that came without one. */
  readonly id: string | undefined;
  /**
   * `accepted`: Pub/Sub has it. `duplicate`: so has it an earlier event of the request with this id. `rejected`: it will never be accepted as it is.
   * `retry`: Pub/Sub did not take it; send it again.
   */
  readonly status: 'accepted' | 'duplicate' | 'rejected' | 'retry';
  readonly error?: EventError | { readonly code: string; readonly message: string };
}

/** How many results there are of each kind. */
export interface Tally {
  /** Duplicates included: they are where they should be. */
  readonly accepted: number;
  readonly rejected: number;
  readonly retry: number;
}

const RETRY_CODES = {
  unavailable: 'publish_unavailable',
  misconfigured: 'publish_unavailable',
  deadline_exceeded: 'deadline_exceeded',
} as const satisfies Record<RetryReason, RefusalCode>;

const RETRY_MESSAGE = 'not handed on; send it again';

/** The results of a request, complete and in its order, once Pub/Sub has spoken. `outcomes` are those of `messages`. */
export function resultsOf({ results, ids, duplicates }: Admission, outcomes: readonly PublishOutcome[]): EventResult[] {
  let next = 0;
  return results.map((result, index) => {
    if (result !== undefined) return result;
    const earlier = duplicates.get(index);
    return earlier === undefined ? resultOf(ids[next], outcomes[next++]) : duplicateOf(ids[earlier], outcomes[earlier]);
  });
}

/** Counts `results` by kind. */
export function tallyOf(results: readonly EventResult[]): Tally {
  let rejected = 0;
  let retry = 0;
  for (const { status } of results) {
    if (status === 'rejected') rejected++;
    else if (status === 'retry') retry++;
  }
  return { accepted: results.length - rejected - retry, rejected, retry };
}

/**
 * The answer's body where something was accepted.
 *
 * @throws Refusal where nothing was: `all_events_invalid`, or `publish_unavailable` or `deadline_exceeded` if sending it
 *   again may help. It carries the same results.
 */
export function bodyOf(results: readonly EventResult[], { accepted, rejected, retry }: Tally): string {
  const members = { accepted, rejected, ...(retry === 0 ? {} : { retry }), results };
  if (accepted > 0) return JSON.stringify(members);
  if (retry === 0) throw new Refusal('all_events_invalid', { members });
  const timedOut = results.every(({ status, error }) => status !== 'retry' || error?.code === 'deadline_exceeded');
  throw new Refusal(timedOut ? 'deadline_exceeded' : 'publish_unavailable', { members });
}

/** What became of the one that was published: only that it is stored makes the other a duplicate. */
function duplicateOf(id: string | undefined, outcome: PublishOutcome | undefined): EventResult {
  return outcome?.status === 'accepted' ? { id, status: 'duplicate' } : resultOf(id, outcome);
}

function resultOf(id: string | undefined, outcome: PublishOutcome | undefined): EventResult {
  if (outcome?.status === 'accepted') return { id, status: 'accepted' };
  if (outcome?.status === 'refused') {
    return { id, status: 'rejected', error: { code: 'publish_refused', message: outcome.reason } };
  }
  const code = RETRY_CODES[outcome?.reason ?? 'unavailable'];
  return { id, status: 'retry', error: { code, message: RETRY_MESSAGE } };
}
