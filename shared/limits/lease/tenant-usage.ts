import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantLimits } from '../plans.ts';
import { Quotas } from '../quotas.ts';
import { RateLimiter } from '../rate/rate-limiter.ts';
import { settleAtMs } from './lease-schedule.ts';
import type { Settle } from './settle-in.ts';
import type { Grant, Report } from './settle.ts';

export interface TenantUsageOptions {
  readonly tenantId: TenantId;
  readonly instanceId: string;
  readonly limits: TenantLimits;
  readonly settle: Settle;
  /** Monotonic milliseconds, and those of the calendar. */
  readonly now: () => number;
  readonly calendarMs: () => number;
  /** Nothing came for a while, and all is settled. */
  readonly onIdle: () => void;
}

/** A chunk is a second's worth of what may be let through, and a hundredth of what is left of a quota. */
const CHUNK_SECONDS = 1;
const QUOTA_CHUNK = 0.01;
/** What an instance lets through at once before it knows its share: a request, or a second's worth. */
const COLD_START = { events: 2_500, seconds: 1 };

/**
 * What one tenant uses on one instance, within the share it has of what all instances may let through.
 *
 * Nothing here waits for Firestore: requests are decided by the share that was granted last, and settled behind their backs.
 * Before the first grant the instance acts as if it were the only one. While nothing can be settled it keeps to its share;
 * what it let through within it is not held against the tenant afterwards.
 *
 * **The error.** In a time `T`, all instances together let through at most `rate · T + burst`, and besides, at the end of it,
 * what has not been settled: of each instance a chunk (a second of its share of the rate) and what came in its interval (`max(1 s,
 * instances · 0.5 s)`, and the moment in which tenants are gathered that settle together), so at most `rate · (1 s +
 * interval)`; a request (2,500 events); and of each instance that has just begun, a second's worth, which is owed by all.
 * None of it adds up: what is over is subtracted from what comes next.
 */
export class TenantUsage {
  readonly limiter: RateLimiter;
  readonly quotas: Quotas;
  readonly #options: TenantUsageOptions;
  #limits: TenantLimits;
  /** Requests that were counted and have not ended, with their events. */
  #pending = 0;
  #used = 0;
  #accepted = 0;
  #settledUsed = 0;
  #settledAccepted = 0;
  #eventsPerSecond: number;
  #quotaChunk = 1;
  #holders = 1;
  /** Of the report under way and those that failed before it. */
  #unused = 0;
  #failures = 0;
  #settledAtMs: number | undefined;
  #lastSuccessMs: number;
  #failingSinceMs: number | undefined;
  /** Something came, or ended, since the last settling began. */
  #isInUse = false;
  #settling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #isClosed = false;

  constructor(options: TenantUsageOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#eventsPerSecond = options.limits.eventsPerSecond;
    this.#lastSuccessMs = options.now();
    const { eventsPerSecond, burstEvents } = options.limits;
    const allowance = Math.max(COLD_START.events, COLD_START.seconds * eventsPerSecond);
    this.limiter = new RateLimiter(eventsPerSecond, burstEvents, options.now(), allowance);
    this.quotas = new Quotas(options.calendarMs());
  }

  get limits(): TenantLimits {
    return this.#limits;
  }

  /** From now on other limits: at once as far as this instance's share goes, and granted anew. */
  change(limits: TenantLimits): void {
    const share = this.#eventsPerSecond / this.#limits.eventsPerSecond;
    const nowMs = this.#options.now();
    this.#limits = limits;
    this.#eventsPerSecond = share * limits.eventsPerSecond;
    this.limiter.relet(this.#eventsPerSecond, share * limits.burstEvents, this.limiter.balance(nowMs), nowMs);
    this.#settledAtMs = undefined;
    this.#schedule();
  }

  get pendingEvents(): number {
    return this.#pending;
  }

  /** Events were let through. {@link end} must follow. */
  begin(events: number): void {
    this.#isInUse = true;
    this.#used += events;
    this.#pending += events;
    this.#schedule();
  }

  /** Of `events` that were let through, these were accepted. */
  end(events: number, accepted: number): void {
    this.#pending -= events;
    if (accepted === 0) return;
    this.#isInUse = true;
    this.#accepted += accepted;
    this.quotas.add(accepted, this.#options.calendarMs());
    this.#schedule();
  }

  /** A request was refused: that more is wanted than there is, the other instances should know. */
  refused(): void {
    this.#isInUse = true;
    this.#schedule();
  }

  /** Settles what is not settled, and gives up the share. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#settling;
    await this.#settle(true);
  }

  #schedule(): void {
    if (this.#settling !== undefined || this.#isClosed) return;
    const nowMs = this.#options.now();
    const atMs = settleAtMs(
      {
        offered: this.limiter.offered,
        chunk: this.#eventsPerSecond * CHUNK_SECONDS,
        unsettledAccepted: this.#accepted - this.#settledAccepted,
        quotaChunk: this.#quotaChunk,
        settledAtMs: this.#settledAtMs,
        failures: this.#failures,
        holders: this.#holders,
      },
      nowMs,
    );
    if (atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => void this.#settle(this.#isIdle()), Math.max(0, atMs - nowMs)).unref();
  }

  #isIdle(): boolean {
    return !this.#isInUse && this.#pending === 0;
  }

  #settle(leaves: boolean): Promise<void> {
    this.#timerAtMs = Infinity;
    this.#settling ??= this.#settleOnce(leaves).finally(() => {
      this.#settling = undefined;
      if (leaves && this.#isIdle()) this.#options.onIdle();
      else this.#schedule();
    });
    return this.#settling;
  }

  async #settleOnce(leaves: boolean): Promise<void> {
    const { tenantId, settle, now } = this.#options;
    const report = this.#report(leaves, now());
    this.#isInUse = false;
    const grant = await settle({ tenantId, report, limits: this.#limits }, this.#failures > 0);
    if (grant !== undefined) this.#learn(report, grant);
    else {
      this.#isInUse ||= this.#used > this.#settledUsed || this.#accepted > this.#settledAccepted;
      this.#failures++;
      this.#failingSinceMs ??= now();
    }
    this.#settledAtMs = now();
  }

  #report(leaves: boolean, nowMs: number): Report {
    const outageSeconds = this.#failingSinceMs === undefined ? 0 : (nowMs - this.#failingSinceMs) / 1_000;
    this.#unused += this.limiter.takeOverflow(nowMs);
    const seconds = Math.max(1, (nowMs - this.#lastSuccessMs) / 1_000);
    return {
      instanceId: this.#options.instanceId,
      used: this.#used,
      accepted: this.#accepted,
      settledUsed: this.#settledUsed,
      settledAccepted: this.#settledAccepted,
      excused: Math.round(this.#eventsPerSecond * outageSeconds),
      unused: this.#unused,
      demand: leaves ? 0 : this.limiter.offered / seconds,
      leaves,
    };
  }

  #learn(report: Report, grant: Grant): void {
    const nowMs = this.#options.now();
    this.#settledUsed = report.used;
    this.#settledAccepted = report.accepted;
    this.#eventsPerSecond = grant.eventsPerSecond;
    this.#holders = grant.holders;
    this.#unused = 0;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#lastSuccessMs = nowMs;
    this.limiter.startCounting();
    const balance = grant.balance - (this.#used - this.#settledUsed);
    this.limiter.relet(grant.eventsPerSecond, grant.capacity, balance, nowMs);
    this.quotas.learn(grant, this.#accepted - this.#settledAccepted, this.#options.calendarMs());
    const left = Math.min(this.quotas.remaining('day', this.#limits), this.quotas.remaining('month', this.#limits));
    this.#quotaChunk = Math.max(1, left * QUOTA_CHUNK);
  }
}
