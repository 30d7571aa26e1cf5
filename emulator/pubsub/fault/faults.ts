import type { Clock } from '../clock/clock.ts';
import { StatusError } from '../protocol/status.ts';
import type { AcknowledgementFault, DeliveryFaults } from '../subscription.ts';
import { createRandom } from './random.ts';
import type { FaultRule } from './rule.ts';

/** A rule that is in force. */
export interface ActiveRule {
  readonly id: string;
  readonly rule: FaultRule;
  /** How often it has applied until now. */
  readonly applied: number;
}

interface Entry extends ActiveRule {
  applied: number;
  readonly random: () => number;
}

const ALL = '*';
const DEFAULT_SEED = 1;

/** The faults that were asked for. */
export class Faults implements DeliveryFaults {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Runs after each change of the rules. */
  onChanged: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): readonly ActiveRule[] {
    return [...this.#entries.values()].map(({ id, rule, applied }) => ({ id, rule, applied }));
  }

  /** Sets a rule, in the place of the one of that id. */
  set(id: string, rule: FaultRule): ActiveRule {
    const entry = { id, rule, applied: 0, random: createRandom(rule.seed ?? DEFAULT_SEED) };
    this.#entries.set(id, entry);
    this.onChanged();
    return entry;
  }

  /** @returns false when there is none of that id */
  remove(id: string): boolean {
    const isRemoved = this.#entries.delete(id);
    if (isRemoved) this.onChanged();
    return isRemoved;
  }

  clear(): void {
    this.#entries.clear();
    this.onChanged();
  }

  /**
   * Resolves when the RPC may be served.
   * @param names the topics and subscriptions that it concerns
   * @throws StatusError what the rules say
   */
  async beforeRpc(method: string, names: readonly string[]): Promise<void> {
    const applying = this.#matching(names, method).filter(
      ({ rule }) => rule.outage ?? rule.code ?? rule.latencyMs !== undefined,
    );
    const due = applying.filter((entry) => this.#applies(entry, entry.rule.probability ?? 1));
    const latencyMs = due.reduce((sum, { rule }) => sum + (rule.latencyMs ?? 0), 0);
    if (latencyMs > 0) await new Promise<void>((resolve) => this.#clock.after(latencyMs, resolve));
    for (const { id, rule } of due) {
      const code = rule.outage ? 'UNAVAILABLE' : rule.code;
      if (code) throw new StatusError(code, `The fault "${id}" was asked for.`);
    }
  }

  isDown(subscription: string, topic: string | undefined): boolean {
    return this.#matching([subscription, topic ?? '']).some((entry) => entry.rule.outage && !isExhausted(entry));
  }

  onAcknowledge(subscription: string, topic: string | undefined): AcknowledgementFault | undefined {
    let fault: AcknowledgementFault | undefined;
    for (const entry of this.#matching([subscription, topic ?? ''])) {
      const { dropAcknowledgements = 0, duplicateDeliveries = 0 } = entry.rule;
      if (this.#applies(entry, dropAcknowledgements)) fault ??= 'drop';
      else if (this.#applies(entry, duplicateDeliveries)) fault ??= 'duplicate';
    }
    return fault;
  }

  #matching(names: readonly string[], method?: string): Entry[] {
    return [...this.#entries.values()].filter(
      ({ rule }) =>
        (rule.target === ALL || names.includes(rule.target)) &&
        (method === undefined || (rule.method ?? method) === method),
    );
  }

  #applies(entry: Entry, share: number): boolean {
    if (share === 0 || isExhausted(entry) || (share < 1 && entry.random() >= share)) return false;
    entry.applied++;
    return true;
  }
}

const isExhausted = ({ rule, applied }: ActiveRule): boolean => applied >= (rule.times ?? Number.POSITIVE_INFINITY);
