import { LRUCache } from 'lru-cache';
import { wasStopped } from '#shared/deadline/was-stopped.ts';
import { withDeadline } from '#shared/deadline/with-deadline.ts';

export interface BoundedAgeCacheOptions<Value> {
  /**
   * Reads the source. `undefined` means that the source answered and has no such entry; a failure rejects.
   *
   * @param mayWait whether it may wait for up to `gatherMs` before it begins: not where somebody waits for it, nor after
   *   a failure, so that what fails together is tried again apart.
   */
  readonly load: (key: string, mayWait: boolean) => Promise<Value | undefined>;
  /** How long a load waits for others at most, if it may; its deadline includes it. Default 0: none may. */
  readonly gatherMs?: number;
  /** Entries held; beyond it the least recently used goes. Absent keys are bounded apart, by the same number. */
  readonly maxEntries: number;
  /** Nothing older than this is served while the source answers. From half this age on, use refreshes it beforehand. */
  readonly freshMs: number;
  /** While the source fails, what was read up to this long ago is still served. */
  readonly staleMs: number;
  /**
   * Whether all keys are read from one source: that it answers for another shows that what failed is no outage, in which what is
   * held would be served without asking. Default false.
   */
  readonly isOneSource?: boolean;
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
  /** When its load began: what a source that is slow answered may be as old as that. */
  readonly loadedAtMs: number;
  failedAtMs?: number;
}

interface Load<Value> {
  readonly value: Promise<Value | undefined>;
  readonly beganAtMs: number;
  /** Until then it may be waiting for others. */
  readonly waitsUntilMs: number;
}

/**
 * A read-through cache whose answers have a bounded age, and which outlives its source for a while. A load during which the
 * process stood still tells nothing: neither that the source is down, nor how things are now.
 *
 * Concurrent reads of a key share one load, but for one that is waiting itself: nobody waits for that. Unknown keys are
 * remembered apart from known ones, so that a flood of made-up keys evicts nothing that is in use.
 */
export class BoundedAgeCache<Value extends object | string> {
  readonly #options: BoundedAgeCacheOptions<Value>;
  readonly #now: () => number;
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #absentSinceMs: LRUCache<string, number>;
  readonly #loading = new Map<string, Load<Value>>();
  /** When the last load began that the source answered. */
  #answeredAtMs = -Infinity;

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
    const { freshMs, absentMs, retryMs } = this.#options;
    const nowMs = this.#now();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const absentSinceMs = this.#absentSinceMs.get(key);
      if (absentSinceMs !== undefined && nowMs - absentSinceMs < absentMs) return undefined;
      return this.#ask(key, undefined);
    }
    const ageMs = nowMs - entry.loadedAtMs;
    if (ageMs < freshMs / 2) return entry.value;

    if (!this.#mayServe(entry, nowMs)) return this.#ask(key, entry);
    if (sinceFailureMs(entry, nowMs) >= retryMs) {
      this.#load(key, this.#mayWait(entry, ageMs)).value.catch(() => undefined);
    }
    return entry.value;
  }

  /** Whether {@link get} would answer at once, waiting for no load. */
  answersAtOnce(key: string): boolean {
    const nowMs = this.#now();
    const entry = this.#entries.peek(key);
    if (entry !== undefined) return this.#mayServe(entry, nowMs);
    const absentSinceMs = this.#absentSinceMs.peek(key);
    return absentSinceMs !== undefined && nowMs - absentSinceMs < this.#options.absentMs;
  }

  /** Whether something is held for {@link get}, however old, or a load is under way: it would not ask about what nobody knows. */
  holds(key: string): boolean {
    if (this.#entries.has(key) || this.#loading.has(key)) return true;
    const absentSinceMs = this.#absentSinceMs.peek(key);
    return absentSinceMs !== undefined && this.#now() - absentSinceMs < this.#options.absentMs;
  }

  /** Asks the source although what is held may be young: for who has reason to believe that it changed. Throws as `load` does. */
  reload(key: string): Promise<Value | undefined> {
    return this.#load(key, false).value;
  }

  /** What the source answers; where it fails, what is `held` if that is young enough. Where the process stood still, asks once more. */
  async #ask(key: string, held: Entry<Value> | undefined): Promise<Value | undefined> {
    for (let isAgain = false; ; isAgain = true) {
      const load = this.#load(key, false);
      try {
        const value = await load.value;
        if (isAgain || !this.#wasStopped(load)) return value;
      } catch (error) {
        if (!isAgain && this.#wasStopped(load)) continue;
        if (held === undefined || this.#now() - held.loadedAtMs >= this.#options.staleMs) throw error;
        return held.value;
      }
    }
  }

  #wasStopped({ beganAtMs }: Pick<Load<Value>, 'beganAtMs'>): boolean {
    return wasStopped(beganAtMs, this.#options.loadDeadlineMs, this.#now());
  }

  #mayServe(entry: Entry<Value>, nowMs: number): boolean {
    const { freshMs, staleMs, retryMs } = this.#options;
    const ageMs = nowMs - entry.loadedAtMs;
    if (ageMs < freshMs) return true;
    const failedSinceMs = sinceFailureMs(entry, nowMs);
    const isOutage = failedSinceMs < freshMs && !this.#hasAnsweredSince(entry.failedAtMs);
    return ageMs < staleMs && (failedSinceMs < retryMs || isOutage);
  }

  #hasAnsweredSince(failedAtMs = Infinity): boolean {
    return this.#options.isOneSource === true && this.#answeredAtMs > failedAtMs;
  }

  /** Whether what is held is still fresh when a load that waits has ended, however long it takes. */
  #mayWait({ failedAtMs }: Entry<Value>, ageMs: number): boolean {
    const { freshMs, gatherMs = 0, loadDeadlineMs } = this.#options;
    return gatherMs > 0 && failedAtMs === undefined && ageMs + loadDeadlineMs <= freshMs;
  }

  #load(key: string, mayWait: boolean): Load<Value> {
    const { load, gatherMs = 0, loadDeadlineMs } = this.#options;
    const nowMs = this.#now();
    const running = this.#loading.get(key);
    if (running !== undefined && (mayWait || running.waitsUntilMs <= nowMs) && !this.#wasStopped(running))
      return running;
    // What was overtaken may be older than what is held by then.
    const isOvertaken = (): boolean => this.#loading.get(key)?.value !== value;
    const value: Promise<Value | undefined> = withDeadline(load(key, mayWait), loadDeadlineMs, 'loading')
      .then(
        (loaded) => {
          this.#answeredAtMs = Math.max(this.#answeredAtMs, nowMs);
          if (!isOvertaken()) this.#store(key, loaded, nowMs);
          return loaded;
        },
        (error: unknown) => {
          const entry = this.#entries.peek(key);
          const tells = !isOvertaken() && !this.#wasStopped({ beganAtMs: nowMs });
          if (entry !== undefined && tells) entry.failedAtMs = this.#now();
          throw error;
        },
      )
      .finally(() => {
        if (!isOvertaken()) this.#loading.delete(key);
      });
    const begun = { value, beganAtMs: nowMs, waitsUntilMs: mayWait ? nowMs + gatherMs : nowMs };
    this.#loading.set(key, begun);
    return begun;
  }

  #store(key: string, value: Value | undefined, loadedAtMs: number): void {
    if (value === undefined) {
      this.#entries.delete(key);
      this.#absentSinceMs.set(key, loadedAtMs);
    } else {
      this.#absentSinceMs.delete(key);
      this.#entries.set(key, { value, loadedAtMs });
    }
  }
}

function sinceFailureMs({ failedAtMs }: Entry<unknown>, nowMs: number): number {
  return failedAtMs === undefined ? Infinity : nowMs - failedAtMs;
}
