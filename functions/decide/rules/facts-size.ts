import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { Profile } from '../profile/profile.ts';

/** Characters and values up to which an event or a profile is small. Most are. */
const SMALL = 4096;

/** An event, and the properties of a profile, are asked about once for each rule. */
const sizes = new WeakMap<object, number>();

/** Whether the event or the profile is so large that even a condition whose cost only grows with them may take long. */
export function areLarge(event: EventEnvelope, { properties, counts }: Profile): boolean {
  return sizeOf(event) + sizeOf(properties) + Object.keys(counts.types).length > SMALL;
}

function sizeOf(json: object): number {
  let size = sizes.get(json);
  if (size === undefined) sizes.set(json, (size = measured(json)));
  return size;
}

/** Looks no further than it takes to tell. */
function measured(root: object): number {
  const waiting: unknown[] = [root];
  let size = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    size += typeof value === 'string' ? value.length : 1;
    if (size > SMALL) return size;
    if (typeof value !== 'object' || value === null) continue;
    const keys = Array.isArray(value) ? [] : Object.keys(value);
    const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    size += keys.reduce((sum, key) => sum + key.length, 0);
    if (size + items.length > SMALL) return SMALL + 1;
    for (const item of items) waiting.push(item);
  }
  return size;
}
