import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { ConditionFacts } from '#shared/tenancy/rule-condition.ts';
import { countsAt, NO_COUNTS, WINDOWS_MS } from '../profile/event-counts.ts';
import type { WindowCounts } from '../profile/event-counts.ts';
import { timesOf } from '../profile/profile.ts';
import type { Profile } from '../profile/profile.ts';
import { propertiesAsOf } from '../profile/properties.ts';

/**
 * What a rule sees when it looks at `event`: the subject as it was known with everything accepted up to that event, the
 * event itself included, whatever has been applied since. Windows reach back from the event's own time and end at its receipt:
 * producers' clocks differ, and what was accepted before the event counts although its timestamp is the later one. `now` is
 * the receipt. So the same event always meets the same facts, on a redelivery and on a replay.
 */
export function factsFor(event: EventEnvelope, profile: Profile): ConditionFacts {
  const { atMs, receivedAtMs } = timesOf(event);
  return {
    event: new Map<string, unknown>([
      ...Object.entries(event).map(([name, value]) => [name, toCel(value)] as const),
      ['timestamp', new Date(event.timestamp)],
      ['received_at', new Date(event.received_at)],
    ]),
    profile: new Map<string, unknown>([
      ['subject', event.subject],
      ['properties', answering(toCelEntries(propertiesAsOf(profile.properties, receivedAtMs)), () => null)],
      ['first_seen_at', new Date(profile.firstSeenAtMs ?? atMs)],
      ['last_seen_at', new Date(profile.lastSeenAtMs ?? atMs)],
    ]),
    counts: answering(
      Object.keys(profile.counts.types).map((type) => [type, undefined]),
      (type) => toCelCounts(countsAsOf(profile, type, atMs, receivedAtMs)),
    ),
    now: new Date(event.received_at),
  };
}

/** Leaves out what was accepted after `receivedAtMs`, as far as the profile still tells. */
function countsAsOf(profile: Profile, type: string, atMs: number, receivedAtMs: number): WindowCounts {
  const counts = countsAt(profile.counts, type, atMs, receivedAtMs);
  const later = profile.recent.filter((event) => event.type === type && event.receivedAtMs > receivedAtMs);
  if (later.length === 0) return counts;
  const laterIn = (windowMs: number): number =>
    later.filter((event) => event.atMs <= receivedAtMs && atMs - event.atMs < windowMs).length;
  return {
    total: Math.max(0, counts.total - later.length),
    last1h: Math.max(0, counts.last1h - laterIn(WINDOWS_MS.last1h)),
    last24h: Math.max(0, counts.last24h - laterIn(WINDOWS_MS.last24h)),
    last7d: Math.max(0, counts.last7d - laterIn(WINDOWS_MS.last7d)),
    last30d: Math.max(0, counts.last30d - laterIn(WINDOWS_MS.last30d)),
  };
}

function toCelCounts(counts: WindowCounts): Map<string, bigint> {
  return counts === NO_COUNTS
    ? CEL_NO_COUNTS
    : new Map(Object.entries(counts).map(([window, count]) => [window, BigInt(count)]));
}

const CEL_NO_COUNTS: Map<string, bigint> = new Map(Object.keys(NO_COUNTS).map((window) => [window, 0n]));

/** A map that lists `entries` and answers any key: with its entry's value, where that is defined, else with `otherwise`. */
function answering(
  entries: Iterable<readonly [string, unknown]>,
  otherwise: (key: string) => unknown,
): Map<string, unknown> {
  const map = new Map<string, unknown>(entries);
  // A subclass would not do: the CEL library knows a map by its constructor.
  return Object.assign(map, {
    get: (key: unknown) => {
      const value = Map.prototype.get.call(map, key) as unknown;
      return value === undefined && typeof key === 'string' ? otherwise(key) : value;
    },
  });
}

/** JSON objects become maps, which have the keys of the JSON and no others. */
function toCel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value === 'object' && value !== null) return new Map(toCelEntries(Object.entries(value)));
  return value;
}

function toCelEntries(entries: Iterable<readonly [string, unknown]>): [string, unknown][] {
  return Array.from(entries, ([name, value]) => [name, toCel(value)]);
}
