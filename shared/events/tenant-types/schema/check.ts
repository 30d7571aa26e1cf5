/** What is wrong with a value: where, from the value down, and why. */
export interface Finding {
  readonly path: readonly string[];
  readonly reason: string;
}

/** Decides about one value; undefined where nothing is wrong with it. Spends what it does from `steps`. */
export type Check = (value: unknown, steps: Steps) => Finding | undefined;

/** More was to be done about one event's data than {@link Steps} allow. */
export class StepsExhaustedError extends Error {
  override readonly name = 'StepsExhaustedError';
}

/** What may still be done about one event's data: a step is one schema held against one value, or work that takes as long. */
export class Steps {
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  /** @throws {StepsExhaustedError} */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new StepsExhaustedError('too many steps');
  }
}

export function finding(reason: string): Finding {
  return { path: [], reason };
}

/** The finding of what is at `key`. A key of the customer's own may be of any length. */
export function at(key: string | number, { path, reason }: Finding): Finding {
  return { path: [String(key).slice(0, 100), ...path], reason };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
