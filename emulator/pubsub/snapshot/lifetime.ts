import { DAY_MS, HOUR_MS } from '../protocol/duration.ts';
import { invalidArgument, StatusError } from '../protocol/status.ts';

const LONGEST_LIFETIME_MS = 7 * DAY_MS;
const SHORTEST_LIFETIME_MS = HOUR_MS;

/**
 * When a snapshot that is created now expires: seven days after the oldest message it holds was published.
 * @throws StatusError FAILED_PRECONDITION when that is in less than an hour
 */
export function expireTimeMs(nowMs: number, oldestPublishTimeMs: number): number {
  const expiresMs = Math.min(nowMs, oldestPublishTimeMs) + LONGEST_LIFETIME_MS;
  if (expiresMs - nowMs >= SHORTEST_LIFETIME_MS) return expiresMs;
  throw new StatusError(
    'FAILED_PRECONDITION',
    "The subscription's backlog is too old: the snapshot would expire in less than an hour.",
  );
}

/**
 * Checks a time that an update sets.
 * @param latestMs when the snapshot was to expire at its creation
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkExpireTime(requestedMs: number, nowMs: number, latestMs: number): number {
  if (requestedMs > nowMs && requestedMs <= latestMs) return requestedMs;
  const [requested, latest] = [requestedMs, latestMs].map((ms) => new Date(ms).toISOString());
  throw invalidArgument(`Invalid expire_time: ${requested}. It must be in the future, and not after ${latest}.`);
}
