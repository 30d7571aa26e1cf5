import { wasStopped } from '#shared/deadline/was-stopped.ts';
import { DeadlineError, withDeadline } from '#shared/deadline/with-deadline.ts';
import { Status, statusOf } from '#shared/publishing/grpc-status.ts';

/** What became of something one can do without. */
export type Attempted<Result> = { readonly ok: true; readonly value: Result } | { readonly ok: false };

/** Failures since the last report, for the log. */
export interface EffortFailures {
  readonly failed: number;
  /** Not even tried, because what came before failed. */
  readonly skipped: number;
  /** The latest. */
  readonly error: unknown;
}

export interface BestEffortOptions {
  /** After this long an attempt counts as failed; its late result is discarded. */
  readonly deadlineMs: number;
  /** Told of failures: of the first at once, then every ten seconds at most. */
  readonly onFailure: (failures: EffortFailures) => void;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** Calls a service that one can do without, and leaves it alone for a while when it does not answer. */
export interface BestEffort {
  /**
   * Never rejects, and takes the deadline at most. `work` may go on after it, and have its effect.
   *
   * @param undo is given what came after the deadline.
   */
  attempt<Result>(work: () => Promise<Result>, undo?: (late: Result) => Promise<void>): Promise<Attempted<Result>>;
}

/** So many failures with no success between them, and the service is left alone. */
const MAX_FAILURES = 3;
const PAUSE_MS = 1_000;
const REPORT_INTERVAL_MS = 10_000;
const FAILED = { ok: false } as const;

/**
 * After three failures in a row nothing is attempted for a second, and then one call at a time, which finds out whether
 * the service is back: an outage costs no request more than a moment, and piles up no calls.
 */
export function createBestEffort({
  deadlineMs,
  onFailure,
  now = () => performance.now(),
}: BestEffortOptions): BestEffort {
  let failures = 0;
  let pausedUntilMs = -Infinity;
  let isProbing = false;
  let reportedAtMs = -Infinity;
  let failed = 0;
  let skipped = 0;

  function report(error: unknown): void {
    failed++;
    if (now() - reportedAtMs < REPORT_INTERVAL_MS) return;
    reportedAtMs = now();
    onFailure({ failed, skipped, error });
    failed = 0;
    skipped = 0;
  }

  async function attempt<Result>(
    work: () => Promise<Result>,
    undo?: (late: Result) => Promise<void>,
  ): Promise<Attempted<Result>> {
    const isProbe = failures >= MAX_FAILURES;
    if (isProbe && (isProbing || now() < pausedUntilMs)) {
      skipped++;
      return FAILED;
    }
    isProbing ||= isProbe;
    const beganAtMs = now();
    const working = work();
    try {
      const value = await withDeadline(working, deadlineMs, 'a call that one can do without');
      failures = 0;
      return { ok: true, value };
    } catch (error) {
      // That one thing is refused for what it is tells nothing about the service; nor does one that the process slept through.
      if (statusOf(error) !== Status.INVALID_ARGUMENT && !wasStopped(beganAtMs, deadlineMs, now())) {
        failures++;
        pausedUntilMs = now() + PAUSE_MS;
      }
      report(error);
      if (undo !== undefined && error instanceof DeadlineError) void working.then(undo).catch(() => undefined);
      return FAILED;
    } finally {
      if (isProbe) isProbing = false;
    }
  }

  return { attempt };
}
