import { randomBytes } from 'node:crypto';
import { FirestoreError } from '../errors.ts';
import type { TransactionOptions } from '../protocol.ts';

/** @see https://cloud.google.com/firestore/quotas#limits */
const MAX_IDLE_MS = 60_000;
const MAX_AGE_MS = 270_000;

/** An open transaction. It is the owner of its locks. */
export class Transaction {
  readonly id: Buffer = randomBytes(16);
  readonly readOnly: boolean;
  /** The client's connection: a transaction ends with it. */
  readonly peer: string;
  readonly startedAtMs = Date.now();
  touchedAtMs = Date.now();
  readonly #queries: { run: () => string; seen: string }[] = [];

  constructor(readOnly: boolean, peer: string) {
    this.readOnly = readOnly;
    this.peer = peer;
  }

  /** Remembers a query's outcome (as `run` digests it) until the commit. */
  recordQuery(run: () => string): void {
    this.#queries.push({ run, seen: run() });
  }

  /** @throws FirestoreError ABORTED where a query of the transaction would now find something else */
  assertQueriesStillHold(): void {
    if (this.#queries.some(({ run, seen }) => run() !== seen)) {
      throw new FirestoreError('ABORTED', 'What a query of the transaction found has changed. Please try again.');
    }
  }
}

/**
 * The open transactions of a database. One ends by commit or rollback, with its client's connection, or when it was
 * idle or open for too long: a client that dies must not keep documents locked.
 */
export class TransactionRegistry {
  readonly #open = new Map<string, Transaction>();
  readonly #onEnd: (transaction: Transaction) => void;

  /** @param onEnd called once for each transaction, when it is over */
  constructor(onEnd: (transaction: Transaction) => void) {
    this.#onEnd = onEnd;
  }

  begin(options: TransactionOptions | undefined, peer: string): Transaction {
    if (options?.readOnly?.readTime !== undefined) {
      throw new FirestoreError(
        'UNIMPLEMENTED',
        'Reads at a past readTime: this local Firestore keeps no old versions.',
      );
    }
    const transaction = new Transaction(options?.readOnly !== undefined, peer);
    this.#open.set(key(transaction.id), transaction);
    return transaction;
  }

  /** @throws FirestoreError INVALID_ARGUMENT for one that is over or was never there */
  get(id: Uint8Array): Transaction {
    const transaction = this.#open.get(key(id));
    if (transaction === undefined) {
      throw new FirestoreError('INVALID_ARGUMENT', 'The referenced transaction has expired or is no longer valid.');
    }
    transaction.touchedAtMs = Date.now();
    return transaction;
  }

  end(transaction: Transaction): void {
    if (this.#open.delete(key(transaction.id))) this.#onEnd(transaction);
  }

  endAllOf(peer: string): void {
    for (const transaction of this.#open.values()) if (transaction.peer === peer) this.end(transaction);
  }

  endExpired(nowMs: number): void {
    for (const transaction of this.#open.values()) {
      const expired = nowMs - transaction.touchedAtMs > MAX_IDLE_MS || nowMs - transaction.startedAtMs > MAX_AGE_MS;
      if (expired) this.end(transaction);
    }
  }
}

function key(id: Uint8Array): string {
  return Buffer.from(id).toString('base64');
}
