/** Runs what belongs to one ordering key one after the other, and different keys side by side. */
export interface KeyOrder {
  /**
   * @param task resolves with whether it succeeded; not run where the one before it, waited for, did not
   * @returns whether it ran and succeeded
   */
  run(key: string, task: () => Promise<boolean>): Promise<boolean>;
}

/**
 * After a failure, what already waits for the same key fails too, untried: it is to be delivered again behind the one
 * that failed. What comes later starts afresh.
 */
export function createKeyOrder(): KeyOrder {
  const last = new Map<string, Promise<boolean>>();
  return {
    async run(key, task) {
      const before = last.get(key) ?? Promise.resolve(true);
      const current = before.then((succeeded) => succeeded && task());
      last.set(key, current);
      try {
        return await current;
      } finally {
        if (last.get(key) === current) last.delete(key);
      }
    },
  };
}
