/** A deadline that fires so much later than it was due was not kept from firing by a busy process, but by one that stood still. */
const LATE_MS = 1_000;

/**
 * Whether a process has stood still since it began something at `beganAtMs` that was to end within `deadlineMs`: Cloud Run
 * gives a service no CPU between its requests where it is not told to. That such a thing failed is no sign that what it asked
 * is down, and what it was answered may be as old as the question. Pure.
 */
export function wasStopped(beganAtMs: number, deadlineMs: number, nowMs: number): boolean {
  return nowMs - beganAtMs > deadlineMs + LATE_MS;
}
