import type { Backlog } from './backlog/backlog.ts';
import type { Lease } from './lease.ts';
import type { Leases } from './leases.ts';
import { SECOND_MS } from './protocol/duration.ts';
import { StatusError } from './protocol/status.ts';

/** What became of the ack ids of one request. Only exactly-once delivery tells invalid and unordered ones apart. */
export interface AckOutcome {
  readonly accepted: readonly string[];
  /** Malformed, expired, or of a delivery that is over: the message may have been delivered again. */
  readonly invalid: readonly string[];
  /** To be sent again once the messages of their ordering key that were delivered before are acknowledged. */
  readonly unordered: readonly string[];
}

/** What is done about a lease. */
export interface LeaseActions {
  acknowledge(lease: Lease): void;
  nack(lease: Lease): void;
  extend(lease: Lease, lengthMs: number): void;
}

type Verdict = keyof AckOutcome;

/** Decides what an ack id is good for. */
export class Acknowledgements {
  readonly #leases: Leases;
  readonly #backlog: Backlog;
  readonly #actions: LeaseActions;

  constructor(leases: Leases, backlog: Backlog, actions: LeaseActions) {
    this.#leases = leases;
    this.#backlog = backlog;
    this.#actions = actions;
  }

  /**
   * Acknowledges messages. An ack id that has expired still acknowledges its message, if it has not been delivered in
   * order again since; one whose message is done with changes nothing. With exactly-once delivery both are invalid,
   * and the messages of an ordering key are acknowledged in order.
   * @throws StatusError INVALID_ARGUMENT when one is no ack id, without exactly-once delivery; those before it are
   * acknowledged
   */
  acknowledge(ackIds: readonly string[], isExactlyOnce: boolean): AckOutcome {
    return judge(ackIds, (ackId) => {
      const found = this.#find(ackId, isExactlyOnce);
      if (isExactlyOnce) {
        if (!found?.isCurrent) return 'invalid';
        if (!this.#backlog.isFirstOfKey(found.lease)) return 'unordered';
        this.#actions.acknowledge(found.lease);
      } else if (found && (found.isCurrent || !this.#backlog.isOrdered(found.lease))) {
        this.#actions.acknowledge(found.lease);
      }
      return 'accepted';
    });
  }

  /**
   * Sets the ack deadline of outstanding messages to so many seconds from now; 0 nacks them. Expired ids change nothing.
   * @throws StatusError INVALID_ARGUMENT when one is no ack id, without exactly-once delivery
   */
  modifyAckDeadline(ackIds: readonly string[], seconds: number, isExactlyOnce: boolean): AckOutcome {
    return judge(ackIds, (ackId) => {
      const found = this.#find(ackId, isExactlyOnce);
      if (!found?.isCurrent) return isExactlyOnce ? 'invalid' : 'accepted';
      if (seconds === 0) this.#actions.nack(found.lease);
      else this.#actions.extend(found.lease, seconds * SECOND_MS);
      return 'accepted';
    });
  }

  #find(ackId: string, isExactlyOnce: boolean): ReturnType<Leases['find']> {
    try {
      return this.#leases.find(ackId);
    } catch (error) {
      if (isExactlyOnce && error instanceof StatusError) return undefined;
      throw error;
    }
  }
}

/** An ack id that is there twice counts once. */
function judge(ackIds: readonly string[], verdictOn: (ackId: string) => Verdict): AckOutcome {
  const outcome = { accepted: [] as string[], invalid: [] as string[], unordered: [] as string[] };
  for (const ackId of new Set(ackIds)) outcome[verdictOn(ackId)].push(ackId);
  return outcome;
}

/** The outcome of several requests as one. */
export const mergeOutcomes = (outcomes: readonly AckOutcome[]): AckOutcome => ({
  accepted: outcomes.flatMap(({ accepted }) => accepted),
  invalid: outcomes.flatMap(({ invalid }) => invalid),
  unordered: outcomes.flatMap(({ unordered }) => unordered),
});

/**
 * What a unary call is told: which ack ids have failed, and whether for good.
 * @throws StatusError INVALID_ARGUMENT unless all were accepted; clients read the failures from its ErrorInfo
 * @see https://cloud.google.com/pubsub/docs/exactly-once-delivery
 */
export function requireAccepted({ invalid, unordered }: AckOutcome): void {
  if (invalid.length === 0 && unordered.length === 0) return;
  throw new StatusError(
    'INVALID_ARGUMENT',
    'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.',
    [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'EXACTLY_ONCE_ACKID_FAILURE',
        domain: 'pubsub.googleapis.com',
        metadata: {
          ...Object.fromEntries(invalid.map((ackId) => [ackId, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
          ...Object.fromEntries(unordered.map((ackId) => [ackId, 'TRANSIENT_FAILURE_UNORDERED_ACK_ID'])),
        },
      },
    ],
  );
}
