import { countValues } from '#shared/events/json-values.ts';
import { LIMITS } from './limits.ts';
import type { UnsettledEvent } from './profile.ts';

/** A rule that will not be asked about an event again, though what it looks for may still arrive. */
export interface Dropped {
  readonly rule: string;
  readonly eventId: string;
}

interface Size {
  readonly events: number;
  readonly bytes: number;
  readonly values: number;
}

/** What all that waits may take together, most pressing first. */
const TOGETHER: Size = { bytes: LIMITS.unsettledBytes, values: LIMITS.unsettledValues, events: LIMITS.unsettledEvents };

const MEASURES = ['bytes', 'values', 'events'] as const satisfies (keyof Size)[];

/** An event that waits, and for which rules. */
interface Held {
  readonly one: UnsettledEvent;
  readonly size: Size;
  readonly rules: Set<string>;
}

/**
 * Keeps as many of the events as a profile may hold. Each rule has its own newest few; where all together are still too many
 * or too large, it is the rule that takes up the most that loses its oldest. So a frequent type does not push out a rare one.
 *
 * @param unsettled oldest first
 */
export function withinLimits(unsettled: readonly UnsettledEvent[]): {
  readonly kept: readonly UnsettledEvent[];
  readonly dropped: readonly Dropped[];
} {
  const dropped: Dropped[] = [];
  const byRule = new Map<string, Held[]>();
  const held = new Set<Held>();
  const total = { events: 0, bytes: 0, values: 0 };
  const add = (size: Size, sign: 1 | -1): void => {
    for (const what of MEASURES) total[what] += sign * size[what];
  };

  function dropOldest(rule: string): void {
    const oldest = byRule.get(rule)?.shift();
    if (oldest === undefined) return;
    oldest.rules.delete(rule);
    dropped.push({ rule, eventId: oldest.one.event.id });
    if (oldest.rules.size > 0) return;
    held.delete(oldest);
    add(oldest.size, -1);
  }

  for (const one of unsettled) {
    const event: Held = { one, size: sizeOf(one), rules: new Set(one.rules) };
    held.add(event);
    add(event.size, 1);
    // Alone it is more than all may take: to make room for it would cost every other, and not suffice.
    const isTooLarge = exceeded(event.size) !== undefined;
    for (const rule of one.rules) {
      const ofRule = byRule.get(rule) ?? [];
      byRule.set(rule, isTooLarge ? [event, ...ofRule] : [...ofRule, event]);
      if (isTooLarge || ofRule.length >= LIMITS.unsettledEventsPerRule) dropOldest(rule);
    }
  }
  for (let what = exceeded(total); what !== undefined; what = exceeded(total)) dropOldest(largestOf(byRule, what));
  return { kept: [...held].map(({ one, rules }) => ({ ...one, rules: [...rules] })), dropped };
}

function exceeded(size: Size): keyof Size | undefined {
  return MEASURES.find((what) => size[what] > TOGETHER[what]);
}

/** An event is the same object for as long as its profile is not read again. */
const sizes = new WeakMap<UnsettledEvent['event'], Size>();

function sizeOf({ event, rules, ...rest }: UnsettledEvent): Size {
  let size = sizes.get(event);
  if (size === undefined) {
    size = { events: 1, bytes: Buffer.byteLength(JSON.stringify(event)), values: countValues(event) };
    sizes.set(event, size);
  }
  return { ...size, bytes: size.bytes + JSON.stringify({ event: 0, rules, ...rest }).length };
}

function largestOf(byRule: ReadonlyMap<string, readonly Held[]>, what: keyof Size): string {
  let largest = { rule: '', size: -1 };
  for (const [rule, events] of byRule) {
    const size = events.reduce((sum, event) => sum + event.size[what], 0);
    if (size > largest.size) largest = { rule, size };
  }
  return largest.rule;
}
