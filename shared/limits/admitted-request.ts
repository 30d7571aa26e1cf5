import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantUsage } from './lease/tenant-usage.ts';
import { type Amounts, type Meter, METERS, type Period } from './meters.ts';
import { rateLimit, type ServiceLimit } from './rate-limit-headers.ts';
import type { Verdict } from './rate/rate-limiter.ts';
import type { Reservation } from './rate/reservations.ts';
import { quotaExceeded, rateLimited, type UsedUp } from './refusing.ts';
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
  #receivedBytes = 0;
  /** What it was promised when it was refused before; undefined where it was not, or it has been used. */
  #reservation: Reservation | undefined;
  /** What was charged. */
  #amounts: Amounts | undefined;

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
    if (!verdict.ok) throw refusedForRate(admission, verdict);
    inFlight.begin(tenantId, bodyBytes);
    return new AdmittedRequest(admission, bodyBytes, verdict.reservation, onEnd);
  }

  received(bodyBytes: number): void {
    this.#receivedBytes = bodyBytes;
  }

  charge(amounts: Amounts): void {
    const { tenantId, request, usage, inFlight, now } = this.#admission;
    inFlight.grow(tenantId, amounts.bytes - this.#bodyBytes);
    this.#bodyBytes = amounts.bytes;
    refuseBeyondQuota(this.#admission);
    const verdict = usage.limiter.charge(request, this.#reservation, amounts, now());
    if (!verdict.ok) throw refusedForRate(this.#admission, verdict);
    this.#begin(amounts);
  }

  turn(events: number): Promise<void> | undefined {
    const { tenantId, turns } = this.#admission;
    return turns.next(tenantId, events);
  }

  headers(): Readonly<Record<string, string>> {
    return headersOf(this.#admission, undefined);
  }

  leave(outcome: RequestOutcome, accepted: Amounts): void {
    const { tenantId, request, usage, inFlight, now } = this.#admission;
    inFlight.end(tenantId, this.#bodyBytes);
    if (this.#amounts === undefined && outcome === 'invalid') {
      this.#begin(usage.limiter.chargeUnread(request, this.#reservation, this.#receivedBytes, now()));
    }
    if (this.#amounts !== undefined) usage.end(this.#amounts, accepted);
    else if (this.#reservation !== undefined) usage.limiter.giveUp(this.#reservation, now());
    this.#onEnd(outcome);
  }

  #begin(amounts: Amounts): void {
    this.#reservation = undefined;
    this.#amounts = amounts;
    this.#admission.usage.begin(amounts);
  }
}

function refuseBeyondQuota(admission: Admission): void {
  const { usage, calendarMs } = admission;
  const nowMs = calendarMs();
  let usedUp: UsedUp[] | undefined;
  for (const meter of METERS) {
    const periods = usage.quotasOf(meter).violated(usage.limits[meter], usage.pendingOf(meter), nowMs);
    for (const period of periods) (usedUp ??= []).push({ meter, period });
  }
  if (usedUp === undefined) return;
  usage.refused();
  const resets = usedUp.map(({ meter, period }) => usage.quotasOf(meter).secondsToReset(period, nowMs));
  throw quotaExceeded(usedUp, Math.max(...resets)).withHeaders(headersOf(admission, undefined));
}

type RefusedForRate = Extract<Verdict, { ok: false }>;

function refusedForRate(admission: Admission, verdict: RefusedForRate): Error {
  const { usage } = admission;
  usage.refused();
  return rateLimited(usage.limits, verdict.violated, verdict.retryAfterSeconds).withHeaders(
    headersOf(admission, verdict),
  );
}

/** @param refused where the request is refused for its rate: nothing is to be had for so long */
function headersOf(
  { usage, policy, now, calendarMs }: Admission,
  refused: RefusedForRate | undefined,
): Readonly<Record<string, string>> {
  const { limiter, limits } = usage;
  const [nowMs, calendar] = [now(), calendarMs()];
  // They begin and end together, whatever they are of.
  const dayEndsIn = usage.quotasOf('events').secondsToReset('day', calendar);
  const monthEndsIn = usage.quotasOf('events').secondsToReset('month', calendar);
  const leftOf = (meter: Meter): Record<Period, ServiceLimit> => {
    const quotas = usage.quotasOf(meter);
    return {
      second:
        refused?.violated.includes(meter) === true
          ? { available: 0, windowSeconds: refused.retryAfterSeconds }
          : {
              available: Math.min(limiter.available(meter, nowMs), Math.ceil(limits[meter].perSecond)),
              windowSeconds: 1,
            },
      day: { available: quotas.remaining('day', limits[meter]), windowSeconds: dayEndsIn },
      month: { available: quotas.remaining('month', limits[meter]), windowSeconds: monthEndsIn },
    };
  };
  return { 'ratelimit-policy': policy, ratelimit: rateLimit(leftOf('events'), leftOf('bytes')) };
}
