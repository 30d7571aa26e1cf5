import { requireBetween, SECOND_MS, toMs } from './protocol/duration.ts';
import type { RetryPolicy } from './protocol/resources.ts';
import { invalidArgument } from './protocol/status.ts';

const DEFAULT_MINIMUM = { seconds: 10 };
const DEFAULT_MAXIMUM = { seconds: 600 };
const LONGEST_BACKOFF_MS = 600 * SECOND_MS;

/** Fills in the service's defaults. @throws StatusError INVALID_ARGUMENT */
export function checkRetryPolicy(policy: RetryPolicy): RetryPolicy {
  const { minimumBackoff = DEFAULT_MINIMUM, maximumBackoff = DEFAULT_MAXIMUM } = policy;
  requireBetween('minimum_backoff', minimumBackoff, 0, LONGEST_BACKOFF_MS);
  requireBetween('maximum_backoff', maximumBackoff, 0, LONGEST_BACKOFF_MS);
  if (toMs(minimumBackoff) > toMs(maximumBackoff)) {
    throw invalidArgument('Invalid retry_policy: minimum_backoff must not be longer than maximum_backoff.');
  }
  return { minimumBackoff, maximumBackoff };
}

/**
 * Where the server itself delivers (push, BigQuery) or transforms, a failing message without a retry policy is not
 * tried again at once either: nobody else would slow it down.
 */
export const SERVER_SIDE_BACKOFF: RetryPolicy = {
  minimumBackoff: { nanos: 100_000_000 },
  maximumBackoff: { seconds: 60 },
};

/**
 * How long a message that failed so many times (1 or more) waits for its next delivery: the minimum, doubled with each
 * further failure up to the maximum. Without a policy it is delivered again at once.
 */
export function backoffMs(policy: RetryPolicy | undefined, failures: number): number {
  if (!policy) return 0;
  const { minimumBackoff = DEFAULT_MINIMUM, maximumBackoff = DEFAULT_MAXIMUM } = policy;
  return Math.min(toMs(maximumBackoff), toMs(minimumBackoff) * 2 ** (failures - 1));
}
