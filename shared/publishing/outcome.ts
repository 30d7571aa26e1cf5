import { Status } from './grpc-status.ts';

/** What became of one message. */
export type PublishOutcome =
  /** Pub/Sub acknowledged it: it is stored. */
  | { readonly status: 'accepted' }
  /**
   * Not acknowledged, and may be sent again. It may nevertheless have been stored: an acknowledgement can get lost, and
   * whoever receives messages must tolerate duplicates anyway.
   */
  | { readonly status: 'retry'; readonly reason: RetryReason }
  /** Pub/Sub refused this message, and will refuse it again. */
  | { readonly status: 'refused'; readonly reason: string };

export type RetryReason =
  /** Pub/Sub did not answer, or answered that it cannot at the moment. */
  | 'unavailable'
  /** No acknowledgement before the deadline. */
  | 'deadline_exceeded'
  /** The topic is missing, we may not publish to it, its key is disabled, billing is off: somebody has to repair it. */
  | 'misconfigured';

export const ACCEPTED: PublishOutcome = { status: 'accepted' };

/** gRPC codes after which the same request may succeed a moment later. */
const TRANSIENT: ReadonlySet<number> = new Set([
  Status.CANCELLED,
  Status.UNKNOWN,
  Status.RESOURCE_EXHAUSTED,
  Status.ABORTED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
]);

/** @see https://cloud.google.com/pubsub/docs/reference/error-codes */
export function isTransient(code: number): boolean {
  return TRANSIENT.has(code);
}

/** What a failed publish call means for the messages in it. Pure. */
export function outcomeOfFailure(code: number, message: string): PublishOutcome {
  switch (code) {
    case Status.DEADLINE_EXCEEDED:
      return { status: 'retry', reason: 'deadline_exceeded' };
    case Status.NOT_FOUND:
    case Status.PERMISSION_DENIED:
    case Status.UNAUTHENTICATED:
    case Status.FAILED_PRECONDITION:
      return { status: 'retry', reason: 'misconfigured' };
    case Status.INVALID_ARGUMENT:
    case Status.OUT_OF_RANGE:
      return { status: 'refused', reason: message };
    default:
      return { status: 'retry', reason: 'unavailable' };
  }
}
