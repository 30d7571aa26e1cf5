import { LRUCache } from 'lru-cache';
import { withDeadline } from '#shared/deadline/with-deadline.ts';

export interface BoundedAgeCacheOptions<Value> {
  /** Reads the source. `undefined` means that the source answered and has no such entry; a failure rejects. */
  readonly load: (key: string) => Promise<Value | undefined>;
  /** Entries held; beyond it the least recently used goes. Absent keys are bounded apart, by the same number. */
  readonly maxEntries: number;
  /** Nothing older than this is served while the source answers. From half this age on, use refreshes it beforehand. */
  readonly freshMs: number;
  /** While the source fails, what was read up to this long ago is still served. */
  readonly staleMs: number;
  /** How long the answer "no such entry" is believed. */
  readonly absentMs: number;
  /** After this long a load counts as failed; its late result is discarded. */
  readonly loadDeadlineMs: number;
  /** After a failed load the source is left alone for this long, for that key. */
  readonly retryMs: number;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly loadedAtMs: number;
  failedAtMs?: number;
}

/**
 * A read-through cache whose answers have a bounded age, and which outlives its source for a while.
 *
 * Concurrent reads of a key share one load. Unknown keys are remembered apart from known ones, so that a flood of
 * made-up keys evicts nothing that is in use.
 */
export class BoundedAgeCache<Value extends object | string> {
  readonly #options: BoundedAgeCacheOptions<Value>;
  readonly #now: () => number;
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #absentSinceMs: LRUCache<string, number>;
  readonly #loading = new Map<string, Promise<Value | undefined>>();

  constructor(options: BoundedAgeCacheOptions<Value>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#entries = new LRUCache({ max: options.maxEntries });
    this.#absentSinceMs = new LRUCache({ max: options.maxEntries });
  }

  /**
   * @returns the value, or undefined where the source has none.
   * @throws what `load` threw, or `DeadlineError`, when the source fails and nothing young enough is held.
   */
  async get(key: string): Promise<Value | undefined> {
    const { freshMs, staleMs, absentMs, retryMs } = this.#options;
    const nowMs = this.#now();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const absentSinceMs = this.#absentSinceMs.get(key);
      if (absentSinceMs !== undefined && nowMs - absentSinceMs < absentMs) return undefined;
      return this.#load(key);
    }
    const ageMs = nowMs - entry.loadedAtMs;
    if (ageMs < freshMs / 2) return entry.value;

    const mayServe = this.#mayServe(entry, nowMs);
    if (mayServe && sinceFailureMs(entry, nowMs) < retryMs) return entry.value;
    const loading = this.#load(key);
    if (mayServe) {
      loading.catch(() => undefined);
      return entry.value;
    }
    try {
      return await loading;
    } catch (error) {
      if (this.#now() - entry.loadedAtMs < staleMs) return entry.value;
      throw error;
    }
  }

  /** Whether {@link get} would answer at once, waiting for no load. */
  answersAtOnce(key: string): boolean {
    const nowMs = this.#now();
    const entry = this.#entries.peek(key);
    if (entry !== undefined) return this.#mayServe(entry, nowMs);
    const absentSinceMs = this.#absentSinceMs.peek(key);
    return absentSinceMs !== undefined && nowMs - absentSinceMs < this.#options.absentMs;
  }

  /** Whether {@link get} would answer, or wait for a load that is under way, without asking the source anew. */
  holds(key: string): boolean {
    if (this.#entries.has(key) || this.#loading.has(key)) return true;
    const absentSinceMs = this.#absentSinceMs.peek(key);
    return absentSinceMs !== undefined && this.#now() - absentSinceMs < this.#options.absentMs;
  }

  /** Asks the source although what is held may be young: for who has reason to believe that it changed. Throws as `load` does. */
  reload(key: string): Promise<Value | undefined> {
    return this.#load(key);
  }

  #mayServe(entry: Entry<Value>, nowMs: number): boolean {
    const { freshMs, staleMs } = this.#options;
    const ageMs = nowMs - entry.loadedAtMs;
    return ageMs < freshMs || (ageMs < staleMs && sinceFailureMs(entry, nowMs) < freshMs);
  }

  #load(key: string): Promise<Value | undefined> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = withDeadline(this.#options.load(key), this.#options.loadDeadlineMs, 'loading')
      .then(
        (value) => {
          this.#store(key, value);
          return value;
        },
        (error: unknown) => {
          const entry = this.#entries.peek(key);
          if (entry !== undefined) entry.failedAtMs = this.#now();
          throw error;
        },
      )
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #store(key: string, value: Value | undefined): void {
    if (value === undefined) {
      this.#entries.delete(key);
      this.#absentSinceMs.set(key, this.#now());
    } else {
      this.#absentSinceMs.delete(key);
      this.#entries.set(key, { value, loadedAtMs: this.#now() });
    }
  }
}

function sinceFailureMs({ failedAtMs }: Entry<unknown>, nowMs: number): number {
  return failedAtMs === undefined ? Infinity : nowMs - failedAtMs;
}
