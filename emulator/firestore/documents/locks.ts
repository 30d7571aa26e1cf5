import { FirestoreError } from '../errors.ts';

interface Waiter {
  owner: object;
  grant: () => void;
}

interface Held {
  owner: object;
  waiters: Waiter[];
}

/**
 * Exclusive locks on documents, first come, first served. Server clients of Firestore get pessimistic transactions:
 * whoever reads a document in one keeps others from it until it ends, so contention means waiting and not retrying.
 */
export class LockTable {
  readonly #held = new Map<string, Held>();
  readonly #namesOf = new Map<object, Set<string>>();
  readonly #waitingFor = new Map<object, { name: string; cancel: () => void }>();

  /**
   * Locks all of `names` for `owner`; what it holds already stays held.
   *
   * @throws FirestoreError ABORTED where `owner` would wait for itself in a circle, or waited for `timeoutMs`. What it
   *   got until then it keeps: the caller ends it with {@link release}.
   */
  async acquire(owner: object, names: Iterable<string>, timeoutMs: number): Promise<void> {
    // One order for all, so that two calls cannot each hold what the other wants.
    for (const name of [...new Set(names)].sort()) {
      const held = this.#held.get(name);
      if (held === undefined) this.#grant(owner, name);
      else if (held.owner !== owner) await this.#wait(owner, name, held, timeoutMs);
    }
  }

  /** Whether `owner` could have all of `names` at once. */
  isFree(owner: object, names: Iterable<string>): boolean {
    for (const name of names) {
      const held = this.#held.get(name);
      if (held !== undefined && held.owner !== owner) return false;
    }
    return true;
  }

  /** Gives back all that `owner` holds, each to who waited longest; where it still waits itself, that is ABORTED. */
  release(owner: object): void {
    this.#waitingFor.get(owner)?.cancel();
    const names = this.#namesOf.get(owner);
    this.#namesOf.delete(owner);
    for (const name of names ?? []) {
      const held = this.#held.get(name);
      const next = held?.waiters.shift();
      if (held === undefined || next === undefined) {
        this.#held.delete(name);
        continue;
      }
      held.owner = next.owner;
      this.#remember(next.owner, name);
      next.grant();
    }
  }

  #grant(owner: object, name: string): void {
    this.#held.set(name, { owner, waiters: [] });
    this.#remember(owner, name);
  }

  #remember(owner: object, name: string): void {
    const names = this.#namesOf.get(owner);
    if (names === undefined) this.#namesOf.set(owner, new Set([name]));
    else names.add(name);
  }

  async #wait(owner: object, name: string, held: Held, timeoutMs: number): Promise<void> {
    if (this.#wouldDeadlock(owner, held)) {
      throw new FirestoreError('ABORTED', 'Transaction lock timeout: it waits for a transaction that waits for it.');
    }
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { owner, grant: () => settle(resolve) };
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.#waitingFor.delete(owner);
        then();
      };
      const giveUp = (why: string): void => {
        held.waiters = held.waiters.filter((other) => other !== waiter);
        settle(() => reject(new FirestoreError('ABORTED', why)));
      };
      const timer = setTimeout(() => giveUp('Transaction lock timeout.'), timeoutMs);
      this.#waitingFor.set(owner, { name, cancel: () => giveUp('The transaction was ended while it waited.') });
      held.waiters.push(waiter);
    });
  }

  #wouldDeadlock(owner: object, held: Held): boolean {
    for (let at: Held | undefined = held; at !== undefined;) {
      if (at.owner === owner) return true;
      const next = this.#waitingFor.get(at.owner);
      at = next === undefined ? undefined : this.#held.get(next.name);
    }
    return false;
  }
}
