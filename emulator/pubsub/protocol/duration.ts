import { invalidArgument } from './status.ts';
import type { Duration, Timestamp } from './resources.ts';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A duration, or a timestamp since 1970, in milliseconds. */
export const toMs = (duration: Duration): number =>
  (duration.seconds ?? 0) * SECOND_MS + (duration.nanos ?? 0) / 1_000_000;

export const durationOf = (ms: number): Duration => {
  const seconds = Math.floor(ms / SECOND_MS);
  const nanos = Math.round((ms - seconds * SECOND_MS) * 1_000_000);
  return nanos === 0 ? { seconds } : { seconds, nanos };
};

/** @throws StatusError INVALID_ARGUMENT naming the field, when it is outside of what the service allows */
export function requireBetween(field: string, duration: Duration, leastMs: number, mostMs: number): void {
  const ms = toMs(duration);
  if (ms >= leastMs && ms <= mostMs) return;
  throw invalidArgument(
    `Invalid ${field}: ${ms / SECOND_MS}s. It must be between ${leastMs / SECOND_MS}s and ${mostMs / SECOND_MS}s.`,
  );
}

/** From the year 1 to the year 9999. @see https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
const FIRST_TIMESTAMP_SECONDS = -62_135_596_800;
const LAST_TIMESTAMP_SECONDS = 253_402_300_799;

/** What is no time has no JSON either. @throws StatusError INVALID_ARGUMENT naming the field */
export function requireTimestamp(field: string, { seconds = 0, nanos = 0 }: Timestamp): void {
  const isInRange = seconds >= FIRST_TIMESTAMP_SECONDS && seconds <= LAST_TIMESTAMP_SECONDS;
  if (!isInRange || nanos < 0 || nanos >= 1_000_000_000) throw invalidArgument(`Invalid ${field}: it is no timestamp.`);
}
