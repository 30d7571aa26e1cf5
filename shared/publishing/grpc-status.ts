import { DeadlineError } from '#shared/deadline/with-deadline.ts';

/** @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const Status = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/**
 * The gRPC status of what a Google client threw, or of a deadline of our own. `UNKNOWN` where it has none, such as when no
 * credentials were found.
 */
export function statusOf(error: unknown): number {
  if (error instanceof DeadlineError) return Status.DEADLINE_EXCEEDED;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : Status.UNKNOWN;
}
