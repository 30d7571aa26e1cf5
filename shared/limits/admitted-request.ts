import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantUsage } from './lease/tenant-usage.ts';
import { rateLimit } from './rate-limit-headers.ts';
import type { Reservation } from './rate/reservations.ts';
import { quotaExceeded, rateLimited } from './refusing.ts';
import type { InFlight } from './share/in-flight.ts';
import type { Turns } from './share/turns.ts';
import type { EnteringRequest, Entry, RequestOutcome } from './tenant-gate.ts';

/** Who lets a request in, and where it counts. */
export interface Admission {
  readonly tenantId: TenantId;
  readonly request: EnteringRequest;
  readonly usage: TenantUsage;
  readonly policy: string;
  readonly inFlight: InFlight;
  readonly turns: Turns;
  readonly now: () => number;
  readonly calendarMs: () => number;
}

/** A request that is in flight. */
export class AdmittedRequest implements Entry {
  readonly #admission: Admission;
  readonly #onEnd: (outcome: RequestOutcome) => void;
  #bodyBytes: number;
  /** What it was promised when it was refused before; undefined where it was not, or it has been used. */
  #reservation: Reservation | undefined;
  #events = 0;

  private constructor(
    admission: Admission,
    bodyBytes: number,
    reservation: Reservation | undefined,
    onEnd: (outcome: RequestOutcome) => void,
  ) {
    this.#admission = admission;
    this.#bodyBytes = bodyBytes;
    this.#reservation = reservation;
    this.#onEnd = onEnd;
  }

  /** @throws Refusal `rate_limited`, `quota_exceeded`. */
  static enter(admission: Admission, bodyBytes: number, onEnd: (outcome: RequestOutcome) => void): AdmittedRequest {
    const { tenantId, request, usage, inFlight, now } = admission;
    refuseBeyondQuota(admission);
    const verdict = usage.limiter.enter(request, now());
    if (!verdict.ok) throw refusedForRate(admission, verdict.retryAfterSeconds);
    inFlight.begin(tenantId, bodyBytes);
    return new AdmittedRequest(admission, bodyBytes, verdict.reservation, onEnd);
  }

  charge(events: number, bodyBytes: number): void {
    const { tenantId, request, usage, inFlight, now } = this.#admission;
    inFlight.grow(tenantId, bodyBytes - this.#bodyBytes);
    this.#bodyBytes = bodyBytes;
    refuseBeyondQuota(this.#admission);
    const verdict = usage.limiter.charge(request, this.#reservation, events, now());
    if (!verdict.ok) throw refusedForRate(this.#admission, verdict.retryAfterSeconds);
    this.#reservation = undefined;
    this.#events = events;
    usage.begin(events);
  }

  turn(events: number): Promise<void> | undefined {
    const { tenantId, turns } = this.#admission;
    return turns.next(tenantId, events);
  }

  headers(): Readonly<Record<string, string>> {
    return headersOf(this.#admission, undefined);
  }

  leave(outcome: RequestOutcome, accepted: number): void {
    const { tenantId, usage, inFlight, now } = this.#admission;
    inFlight.end(tenantId, this.#bodyBytes);
    if (this.#reservation !== undefined) usage.limiter.giveUp(this.#reservation, now());
    if (this.#events > 0) usage.end(this.#events, accepted);
    this.#onEnd(outcome);
  }
}

function refuseBeyondQuota(admission: Admission): void {
  const { usage, calendarMs } = admission;
  const nowMs = calendarMs();
  const violated = usage.quotas.violated(usage.limits, usage.pendingEvents, nowMs);
  if (violated.length === 0) return;
  usage.refused();
  const retryAfterSeconds = Math.max(...violated.map((policy) => usage.quotas.secondsToReset(policy, nowMs)));
  throw quotaExceeded(violated, retryAfterSeconds).withHeaders(headersOf(admission, undefined));
}

function refusedForRate(admission: Admission, retryAfterSeconds: number): Error {
  const { usage } = admission;
  usage.refused();
  return rateLimited(usage.limits.eventsPerSecond, retryAfterSeconds).withHeaders(
    headersOf(admission, retryAfterSeconds),
  );
}

/** @param retryAfterSeconds where the request is refused for its rate: nothing is to be had for so long */
function headersOf(
  { usage, policy, now, calendarMs }: Admission,
  retryAfterSeconds: number | undefined,
): Readonly<Record<string, string>> {
  const { limiter, quotas, limits } = usage;
  const nowMs = calendarMs();
  return {
    'ratelimit-policy': policy,
    ratelimit: rateLimit(
      retryAfterSeconds === undefined
        ? { available: Math.min(limiter.available(now()), Math.ceil(limits.eventsPerSecond)), windowSeconds: 1 }
        : { available: 0, windowSeconds: retryAfterSeconds },
      { available: quotas.remaining('day', limits), windowSeconds: quotas.secondsToReset('day', nowMs) },
      { available: quotas.remaining('month', limits), windowSeconds: quotas.secondsToReset('month', nowMs) },
    ),
  };
}
