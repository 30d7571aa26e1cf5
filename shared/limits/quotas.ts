import { periodsOf } from './lease/settle.ts';
import type { TenantLimits } from './plans.ts';

export type QuotaPolicy = 'day' | 'month';

/** What is left of a tenant's quotas, as far as this instance knows. */
export class Quotas {
  #day = '';
  #month = '';
  #dayEvents = 0;
  #monthEvents = 0;
  #dayEndsMs = 0;
  #monthEndsMs = 0;

  constructor(nowMs: number) {
    this.#roll(nowMs);
  }

  /** Events were accepted. */
  add(events: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#dayEvents += events;
    this.#monthEvents += events;
  }

  /**
   * What all instances have settled, and `unsettled` that this one has accepted since.
   * A count of another day than this instance's clock shows is left alone.
   */
  learn(
    {
      day,
      dayEvents,
      month,
      monthEvents,
    }: Readonly<Record<'day' | 'month', string> & Record<'dayEvents' | 'monthEvents', number>>,
    unsettled: number,
    nowMs: number,
  ): void {
    this.#roll(nowMs);
    if (day === this.#day) this.#dayEvents = dayEvents + unsettled;
    if (month === this.#month) this.#monthEvents = monthEvents + unsettled;
  }

  /** Which quotas are used up, if `pending` events are accepted that are under way. */
  violated({ eventsPerDay, eventsPerMonth }: TenantLimits, pending: number, nowMs: number): readonly QuotaPolicy[] {
    this.#roll(nowMs);
    const isDay = this.#dayEvents + pending >= eventsPerDay;
    const isMonth = this.#monthEvents + pending >= eventsPerMonth;
    if (!isDay && !isMonth) return NONE;
    return isDay && isMonth ? ['day', 'month'] : isDay ? ['day'] : ['month'];
  }

  /** Events that may still be accepted. */
  remaining(policy: QuotaPolicy, { eventsPerDay, eventsPerMonth }: TenantLimits): number {
    return Math.max(0, policy === 'day' ? eventsPerDay - this.#dayEvents : eventsPerMonth - this.#monthEvents);
  }

  /** Whole seconds, rounded up. */
  secondsToReset(policy: QuotaPolicy, nowMs: number): number {
    this.#roll(nowMs);
    return Math.ceil(((policy === 'day' ? this.#dayEndsMs : this.#monthEndsMs) - nowMs) / 1_000);
  }

  #roll(nowMs: number): void {
    if (nowMs < this.#dayEndsMs) return;
    const { day, month } = periodsOf(nowMs);
    const now = new Date(nowMs);
    if (day !== this.#day) this.#dayEvents = 0;
    if (month !== this.#month) this.#monthEvents = 0;
    this.#day = day;
    this.#month = month;
    this.#dayEndsMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
    this.#monthEndsMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  }
}

const NONE: readonly QuotaPolicy[] = [];
