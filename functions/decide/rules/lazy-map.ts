/** Where a {@link LazyMap} looks. A `Map` is one. */
interface Entries {
  keys(): Iterable<string>;
  /** @returns undefined where there is no such key */
  get(key: string): unknown;
}

/**
 * A map of CEL that converts a value when it is looked at, and remembers it. To make one costs the same whatever is in it: a
 * condition pays for what it touches, under its own time limit.
 *
 * @param otherwise what any other key is answered with; by default there is no other key
 */
export class LazyMap extends Map<string, unknown> {
  readonly #entries: Entries;
  readonly #otherwise: unknown;

  constructor(entries: Entries, otherwise?: unknown) {
    super();
    this.#entries = entries;
    this.#otherwise = otherwise;
  }

  override get(key: unknown): unknown {
    if (typeof key !== 'string') return undefined;
    const held = super.get(key);
    if (held !== undefined) return held;
    const found = this.#entries.get(key);
    if (found === undefined) return this.#otherwise;
    const value = toCel(found);
    super.set(key, value);
    return value;
  }

  override has(key: string): boolean {
    return this.#entries.get(key) !== undefined;
  }

  override get size(): number {
    return Array.from(this.#entries.keys()).length;
  }

  override *keys(): MapIterator<string> {
    yield* this.#entries.keys();
  }

  override *entries(): MapIterator<[string, unknown]> {
    for (const key of this.#entries.keys()) yield [key, this.get(key)];
  }

  override [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.entries();
  }
}

// The CEL library knows a map by its constructor.
Object.defineProperty(LazyMap.prototype, 'constructor', { value: Map });

/** The entries of a JSON object: its own, and none that every object has. */
class JsonEntries implements Entries {
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: object) {
    this.#json = json as Readonly<Record<string, unknown>>;
  }

  keys(): Iterable<string> {
    return Object.keys(this.#json);
  }

  get(key: string): unknown {
    return Object.hasOwn(this.#json, key) ? this.#json[key] : undefined;
  }
}

/** JSON as CEL sees it: objects become maps, which have the keys of the JSON and no others. */
export function toCel(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Map) return value;
  if (!Array.isArray(value)) return new LazyMap(new JsonEntries(value));
  return value.some((item) => typeof item === 'object' && item !== null) ? value.map(toCel) : value;
}
