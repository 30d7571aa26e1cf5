import type { ConditionFacts } from '#shared/tenancy/rule-condition.ts';

/** Characters and entries up to which facts are small. Most events and profiles are. */
const SMALL = 4096;

const known = new WeakMap<ConditionFacts, boolean>();

/** Whether the event or the profile is so large that even a condition whose cost only grows with them may take long. */
export function areLarge(facts: ConditionFacts): boolean {
  const held = known.get(facts);
  if (held !== undefined) return held;
  const large = isLarge([facts.event, facts.profile, facts.counts]);
  known.set(facts, large);
  return large;
}

/** Looks no further than it takes to tell. */
function isLarge(root: readonly unknown[]): boolean {
  const waiting: unknown[] = [...root];
  let size = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    size += typeof value === 'string' ? value.length : 1;
    if (Array.isArray(value)) size += value.length;
    if (size > SMALL) return true;
    if (Array.isArray(value)) {
      for (const item of value) waiting.push(item);
    } else if (value instanceof Map) {
      for (const [key, item] of value) {
        size += String(key).length;
        if (size > SMALL) return true;
        waiting.push(item);
      }
    }
  }
  return false;
}
