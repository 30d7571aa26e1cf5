import { LIMITS } from './limits.ts';
import type { UnsettledEvent } from './profile.ts';

/** A rule that will not be asked about an event again, though what it looks for may still arrive. */
export interface Dropped {
  readonly rule: string;
  readonly eventId: string;
}

/** An event that waits, and for which rules. */
interface Held {
  readonly one: UnsettledEvent;
  readonly bytes: number;
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
  let bytes = 0;

  function dropOldest(rule: string): void {
    const oldest = byRule.get(rule)?.shift();
    if (oldest === undefined) return;
    oldest.rules.delete(rule);
    dropped.push({ rule, eventId: oldest.one.event.id });
    if (oldest.rules.size > 0) return;
    held.delete(oldest);
    bytes -= oldest.bytes;
  }

  for (const one of unsettled) {
    const event: Held = { one, bytes: Buffer.byteLength(JSON.stringify(one)), rules: new Set(one.rules) };
    held.add(event);
    bytes += event.bytes;
    // Alone it is more than all may take: to make room for it would cost every other, and not suffice.
    const isTooLarge = event.bytes > LIMITS.unsettledBytes;
    for (const rule of one.rules) {
      const ofRule = byRule.get(rule) ?? [];
      byRule.set(rule, isTooLarge ? [event, ...ofRule] : [...ofRule, event]);
      if (isTooLarge || ofRule.length >= LIMITS.unsettledEventsPerRule) dropOldest(rule);
    }
  }
  while (held.size > LIMITS.unsettledEvents || bytes > LIMITS.unsettledBytes) {
    dropOldest(largestOf(byRule, bytes > LIMITS.unsettledBytes ? (event) => event.bytes : () => 1));
  }
  return { kept: [...held].map(({ one, rules }) => ({ ...one, rules: [...rules] })), dropped };
}

function largestOf(byRule: ReadonlyMap<string, readonly Held[]>, sizeOf: (event: Held) => number): string {
  let largest = { rule: '', size: -1 };
  for (const [rule, events] of byRule) {
    const size = events.reduce((sum, event) => sum + sizeOf(event), 0);
    if (size > largest.size) largest = { rule, size };
  }
  return largest.rule;
}
