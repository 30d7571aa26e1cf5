import { CommitClock } from '../clock.ts';
import { FirestoreError } from '../errors.ts';
import type { Document, Timestamp, TransactionOptions, Write, WriteResult } from '../protocol.ts';
import { applyWrite, writeTarget } from './apply-write.ts';
import { LockTable } from './locks.ts';
import { assertDocumentName } from './names.ts';
import { DocumentStore } from './store.ts';
import { TransactionRegistry, type Transaction } from './transactions.ts';

/** What one commit changed. */
export interface Change {
  name: string;
  before: Document | undefined;
  after: Document | undefined;
}

type Listener = (changes: readonly Change[], readTime: Timestamp) => void;

/** A wait this long for another's lock ends in ABORTED, which clients retry. */
const LOCK_TIMEOUT_MS = 15_000;

/**
 * One database in memory. Commits are atomic and serializable: a transaction locks what it reads, and every write waits
 * for the locks of others. Nothing but the newest version of a document is kept.
 */
export class Database {
  readonly name: string;
  readonly store = new DocumentStore();
  readonly transactions: TransactionRegistry;
  readonly #clock = new CommitClock();
  readonly #locks = new LockTable();
  readonly #listeners = new Set<Listener>();

  constructor(name: string) {
    this.name = name;
    this.transactions = new TransactionRegistry((ended) => this.#locks.release(ended));
  }

  begin(options: TransactionOptions | undefined, peer: string): Transaction {
    return this.transactions.begin(options, peer);
  }

  /** A read time no earlier than any commit that a read now sees. */
  now(): Timestamp {
    return this.#clock.now();
  }

  /**
   * Reads documents; within a transaction it first waits until they are its own.
   *
   * @throws FirestoreError ABORTED where the lock cannot be had
   */
  async read(names: readonly string[], transaction?: Transaction): Promise<(Document | undefined)[]> {
    for (const name of names) assertDocumentName(this.name, name);
    if (transaction !== undefined) await this.#lock(transaction, names);
    return names.map((name) => this.store.get(name));
  }

  /**
   * Applies all of `writes`, or none and throws. The transaction is over either way.
   *
   * @throws FirestoreError ABORTED where a query of the transaction would now find something else
   */
  async commit(
    writes: readonly Write[],
    transaction?: Transaction,
  ): Promise<{ results: WriteResult[]; commitTime: Timestamp }> {
    const owner = transaction ?? {};
    try {
      if (transaction?.readOnly === true && writes.length > 0) {
        throw new FirestoreError('INVALID_ARGUMENT', 'Cannot modify entities in a read-only transaction.');
      }
      const names = writes.map(writeTarget);
      for (const name of names) assertDocumentName(this.name, name);
      if (!this.#locks.isFree(owner, names)) await this.#lock(owner, names);
      if (writes.length > 0 && transaction !== undefined) transaction.assertQueriesStillHold();
      return this.#apply(writes);
    } finally {
      if (transaction === undefined) this.#locks.release(owner);
      else this.transactions.end(transaction);
    }
  }

  /** Calls `listener` after each commit that changed something. @returns a function that ends it */
  onCommit(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #lock(owner: object, names: Iterable<string>): Promise<void> {
    try {
      await this.#locks.acquire(owner, names, LOCK_TIMEOUT_MS);
    } catch (error) {
      this.#locks.release(owner);
      throw error;
    }
  }

  #apply(writes: readonly Write[]): { results: WriteResult[]; commitTime: Timestamp } {
    const commitTime = this.#clock.next();
    const pending = new Map<string, Document | undefined>();
    const results = writes.map((write): WriteResult => {
      const name = writeTarget(write);
      const before = pending.has(name) ? pending.get(name) : this.store.get(name);
      const { document, transformResults } = applyWrite(before, write, commitTime);
      pending.set(name, document);
      return { updateTime: document?.updateTime ?? commitTime, transformResults };
    });
    const changes: Change[] = [];
    for (const [name, after] of pending) {
      const before = this.store.get(name);
      if (before === after) continue;
      if (after === undefined) this.store.delete(name);
      else this.store.put(after);
      changes.push({ name, before, after });
    }
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes, commitTime);
    return { results, commitTime };
  }
}
