import { periodsOf } from './lease/settle.ts';
import type { MeterLimits } from './plans.ts';

export type QuotaPeriod = 'day' | 'month';

/** What all instances have had accepted in the current day, and in the current month. */
interface Settled {
  readonly day: string;
  readonly month: string;
  readonly ofDay: number;
  readonly ofMonth: number;
}

/** What is left of a tenant's quotas of one kind, as far as this instance knows. */
export class Quotas {
  #day = '';
  #month = '';
  #ofDay = 0;
  #ofMonth = 0;
  #dayEndsMs = 0;
  #monthEndsMs = 0;

  constructor(nowMs: number) {
    this.#roll(nowMs);
  }

  /** So much was accepted. */
  add(amount: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#ofDay += amount;
    this.#ofMonth += amount;
  }

  /**
   * What all instances have settled, and `unsettled` that this one has accepted since.
   * A count of another day than this instance's clock shows is left alone.
   */
  learn({ day, month, ofDay, ofMonth }: Settled, unsettled: number, nowMs: number): void {
    this.#roll(nowMs);
    if (day === this.#day) this.#ofDay = ofDay + unsettled;
    if (month === this.#month) this.#ofMonth = ofMonth + unsettled;
  }

  /** Which quotas are used up, if what is `pending` is accepted. */
  violated({ perDay, perMonth }: MeterLimits, pending: number, nowMs: number): readonly QuotaPeriod[] {
    this.#roll(nowMs);
    const isDay = this.#ofDay + pending >= perDay;
    const isMonth = this.#ofMonth + pending >= perMonth;
    if (!isDay && !isMonth) return NONE;
    return isDay && isMonth ? ['day', 'month'] : isDay ? ['day'] : ['month'];
  }

  /** What may still be accepted. */
  remaining(period: QuotaPeriod, { perDay, perMonth }: MeterLimits): number {
    return Math.max(0, period === 'day' ? perDay - this.#ofDay : perMonth - this.#ofMonth);
  }

  /** Whole seconds, rounded up. */
  secondsToReset(period: QuotaPeriod, nowMs: number): number {
    this.#roll(nowMs);
    return Math.ceil(((period === 'day' ? this.#dayEndsMs : this.#monthEndsMs) - nowMs) / 1_000);
  }

  #roll(nowMs: number): void {
    if (nowMs < this.#dayEndsMs) return;
    const { day, month } = periodsOf(nowMs);
    const now = new Date(nowMs);
    if (day !== this.#day) this.#ofDay = 0;
    if (month !== this.#month) this.#ofMonth = 0;
    this.#day = day;
    this.#month = month;
    this.#dayEndsMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
    this.#monthEndsMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  }
}

const NONE: readonly QuotaPeriod[] = [];
