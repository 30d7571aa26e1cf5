import { LIMITS } from './limits.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The windows counted, by how far they reach back. */
export const WINDOWS_MS = { last1h: HOUR_MS, last24h: DAY_MS, last7d: 7 * DAY_MS, last30d: 30 * DAY_MS } as const;

/** One day more than the longest window: an event that arrives late still finds its own window whole. */
const HORIZON_MS = 31 * DAY_MS;

/** How many events of a type there were in all, and in each window up to a given time. */
export type WindowCounts = Record<'total' | keyof typeof WINDOWS_MS, number>;

/** Times and how many events there were at each, ascending in time: `[ms, n, ms, n, …]`. */
type Entries = readonly number[];

interface TypeCounts {
  readonly total: number;
  readonly entries: Entries;
}

export interface EventCounts {
  readonly types: Readonly<Record<string, TypeCounts>>;
  /** Events of types no longer held. */
  readonly forgotten: number;
}

export const NO_COUNTS: WindowCounts = { total: 0, last1h: 0, last24h: 0, last7d: 0, last30d: 0 };

/**
 * Counts one event. Windows are exact up to 128 events of a type in 31 days; beyond, times are merged into minutes
 * within the last hour, ten minutes within the last day, and hours before: a window's far edge is off by at most that.
 */
export function recordEvent(counts: EventCounts, type: string, atMs: number): EventCounts {
  const before = Object.hasOwn(counts.types, type) ? counts.types[type] : undefined;
  const entries = pruned(inserted(before?.entries ?? [], atMs));
  const types = { ...counts.types, [type]: { total: (before?.total ?? 0) + 1, entries } };
  return forgetBeyondLimits({ types, forgotten: counts.forgotten });
}

/**
 * Counts of events from the beginning of each window, which reaches back from `atMs`, to `untilMs`. `total` is of all time
 * and depends on neither.
 */
export function countsAt(counts: EventCounts, type: string, atMs: number, untilMs: number = atMs): WindowCounts {
  const held = Object.hasOwn(counts.types, type) ? counts.types[type] : undefined;
  if (held === undefined) return NO_COUNTS;
  const result: WindowCounts = { ...NO_COUNTS, total: held.total };
  for (let i = held.entries.length - 2; i >= 0; i -= 2) {
    const entryAtMs = held.entries[i] ?? 0;
    const count = held.entries[i + 1] ?? 0;
    if (entryAtMs > untilMs) continue;
    const ageMs = atMs - entryAtMs;
    if (ageMs >= WINDOWS_MS.last30d) break;
    result.last30d += count;
    if (ageMs < WINDOWS_MS.last7d) result.last7d += count;
    if (ageMs < WINDOWS_MS.last24h) result.last24h += count;
    if (ageMs < WINDOWS_MS.last1h) result.last1h += count;
  }
  return result;
}

function inserted(entries: Entries, atMs: number): Entries {
  let i = entries.length;
  while (i > 0 && (entries[i - 2] ?? 0) > atMs) i -= 2;
  if (i > 0 && entries[i - 2] === atMs) return entries.with(i - 1, (entries[i - 1] ?? 0) + 1);
  return entries.toSpliced(i, 0, atMs, 1);
}

/** Drops what no window reaches any more, and merges once there are too many entries to keep each at its exact time. */
function pruned(entries: Entries): Entries {
  const newestMs = entries.at(-2) ?? 0;
  let first = 0;
  while ((entries[first] ?? newestMs) < newestMs - HORIZON_MS) first += 2;
  const kept = first === 0 ? entries : entries.slice(first);
  return kept.length > 2 * LIMITS.exactEntriesPerType ? merged(kept, newestMs) : kept;
}

function merged(entries: Entries, newestMs: number): Entries {
  const result: number[] = [];
  let lastBucket = '';
  for (let i = 0; i < entries.length; i += 2) {
    const [atMs = 0, count = 0] = [entries[i], entries[i + 1]];
    const ageMs = newestMs - atMs;
    const widthMs = ageMs < HOUR_MS ? MINUTE_MS : ageMs < DAY_MS ? 10 * MINUTE_MS : HOUR_MS;
    const bucket = `${widthMs}:${Math.floor(atMs / widthMs)}`;
    if (bucket === lastBucket) {
      // The newest time stands for all: what is counted is never older than the window.
      result[result.length - 2] = atMs;
      result[result.length - 1] = (result.at(-1) ?? 0) + count;
    } else {
      result.push(atMs, count);
    }
    lastBucket = bucket;
  }
  return result;
}

function forgetBeyondLimits(counts: EventCounts): EventCounts {
  const types = Object.entries(counts.types);
  let entries = types.reduce((sum, [, { entries }]) => sum + entries.length / 2, 0);
  if (types.length <= LIMITS.eventTypes && entries <= LIMITS.countEntries) return counts;
  const newestFirst = types.toSorted(([, a], [, b]) => (b.entries.at(-2) ?? 0) - (a.entries.at(-2) ?? 0));
  let { forgotten } = counts;
  while (newestFirst.length > 1 && (newestFirst.length > LIMITS.eventTypes || entries > LIMITS.countEntries)) {
    const [, oldest] = newestFirst.pop() ?? [];
    forgotten += oldest?.total ?? 0;
    entries -= (oldest?.entries.length ?? 0) / 2;
  }
  return { types: Object.fromEntries(newestFirst), forgotten };
}
