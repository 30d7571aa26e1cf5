import { Refusal, type RefusalCode } from '#shared/errors/refusals.ts';
import type { EventError } from '#shared/events/problems.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import type { Amounts } from '#shared/limits/meters.ts';
import type { RequestOutcome } from '#shared/limits/tenant-gate.ts';
import type { RetryReason } from '#shared/publishing/outcome.ts';
import type { Admission } from './admission.ts';
import type { ItemOutcome } from './hand-on.ts';

/** What is answered about one event. */
export interface EventResult {
  /** Absent only for a rejected event that came without one. */
  readonly id: string | undefined;
  /**
   * `accepted`: Pub/Sub has it. `duplicate`: so it has, since an earlier event with this id, of this request or (where the
   * tenant asks for it) of one of the last 24 hours. `rejected`: it will never be accepted as it is. `retry`: Pub/Sub did not
   * take it; send it again.
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
export function resultsOf({ results, ids, duplicates }: Admission, outcomes: readonly ItemOutcome[]): EventResult[] {
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

/** What Pub/Sub has because of this request: duplicates are not in it. Bytes are those of the events as stored. */
export function storedOf(messages: readonly StreamMessage[], outcomes: readonly ItemOutcome[]): Amounts {
  let events = 0;
  let bytes = 0;
  for (const [index, { status }] of outcomes.entries()) {
    if (status !== 'accepted') continue;
    events++;
    bytes += messages[index]?.data.length ?? 0;
  }
  return { events, bytes };
}

/**
 * The refusal of a request of which nothing was accepted, with the results: `all_events_invalid`, or `publish_unavailable`
 * or `deadline_exceeded` if sending it again may help. Undefined where something was accepted.
 */
export function refusalOf(results: readonly EventResult[], { accepted, rejected, retry }: Tally): Refusal | undefined {
  if (accepted > 0) return undefined;
  const members = { accepted, rejected, ...(retry === 0 ? {} : { retry }), results };
  if (retry === 0) return new Refusal('all_events_invalid', { members });
  const timedOut = results.every(({ status, error }) => status !== 'retry' || error?.code === 'deadline_exceeded');
  return new Refusal(timedOut ? 'deadline_exceeded' : 'publish_unavailable', { members });
}

/** What a request tells about its tenant. */
export function outcomeOf(outcomes: readonly (ItemOutcome | undefined)[], { accepted, retry }: Tally): RequestOutcome {
  if (outcomes.some((outcome) => outcome?.status === 'retry' && outcome.reason === 'misconfigured')) {
    return 'misconfigured';
  }
  if (accepted > 0) return 'accepted';
  return retry > 0 ? 'neutral' : 'invalid';
}

/** What became of the one that was published: only that it is stored makes the other a duplicate. */
function duplicateOf(id: string | undefined, outcome: ItemOutcome | undefined): EventResult {
  return outcome?.status === 'accepted' ? { id, status: 'duplicate' } : resultOf(id, outcome);
}

function resultOf(id: string | undefined, outcome: ItemOutcome | undefined): EventResult {
  if (outcome?.status === 'accepted' || outcome?.status === 'duplicate') return { id, status: outcome.status };
  if (outcome?.status === 'refused') {
    return { id, status: 'rejected', error: { code: 'publish_refused', message: outcome.reason } };
  }
  const code = RETRY_CODES[outcome?.reason ?? 'unavailable'];
  return { id, status: 'retry', error: { code, message: RETRY_MESSAGE } };
}
