import { Alarm } from '../clock/alarm.ts';
import type { Clock } from '../clock/clock.ts';
import type { Room } from '../consumer.ts';
import type { Lease } from '../lease.ts';
import { decodeMessage } from '../protocol/pubsub-message.ts';
import type { Exporter, Subscription } from '../subscription.ts';
import type { TableWriter } from './table-writer.ts';

/** One insert. @see https://cloud.google.com/bigquery/quotas#streaming_inserts */
const BATCH: Room = { messages: 500, bytes: 5 * 1024 * 1024 };
const MAX_WRITES_UNDER_WAY = 2;
/** After a batch that was not full: a trickle of messages makes twenty inserts a second, not one for each message. */
const LINGER_MS = 50;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;

export interface BigQueryExporterOptions {
  readonly clock: Clock;
  readonly subscription: Subscription;
  readonly writer: TableWriter;
  readonly backoffScale: number;
}

/** Writes a BigQuery subscription's messages to its table in batches, and acknowledges those that were written. */
export class BigQueryExporter implements Exporter {
  /** A write has its own deadline: the lease ends when the write does. */
  readonly ackDeadlineMs = Number.POSITIVE_INFINITY;
  readonly takesKeysInBatches = true;
  readonly #options: BigQueryExporterOptions;
  readonly #resume: Alarm;
  #writesUnderWay = 0;
  #notBeforeMs = 0;
  #failedInARow = 0;

  constructor(options: BigQueryExporterOptions) {
    this.#options = options;
    this.#resume = new Alarm(options.clock, () => options.subscription.onRoom());
  }

  room(): Room | undefined {
    if (this.#writesUnderWay >= MAX_WRITES_UNDER_WAY) return undefined;
    if (this.#options.clock.now() < this.#notBeforeMs) {
      this.#resume.set(this.#notBeforeMs);
      return undefined;
    }
    return BATCH;
  }

  deliver(leases: readonly Lease[]): void {
    if (leases.length < BATCH.messages) this.#wait(LINGER_MS);
    this.#writesUnderWay++;
    void this.#write(leases);
  }

  onSettled(): void {
    // What counts is the writes under way, and they count themselves.
  }

  close(): void {
    this.#resume.cancel();
  }

  async #write(leases: readonly Lease[]): Promise<void> {
    const { subscription, writer, backoffScale } = this.#options;
    const { errors, state } = await writer.write(leases.map((lease) => decodeMessage(lease.message)));
    this.#writesUnderWay--;
    subscription.reportDestinationState(state);
    leases.forEach((lease, index) => {
      const error = errors[index];
      if (error === undefined) subscription.acknowledgeLease(lease);
      else subscription.nackLease(lease, error);
    });
    this.#failedInARow = errors.includes(undefined) ? 0 : this.#failedInARow + 1;
    // A single message that can never be written must not hold up the others: only whole batches count.
    if (this.#failedInARow > 0 && leases.length > 1) {
      this.#wait(Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** (this.#failedInARow - 1)) * backoffScale);
    }
    subscription.onRoom();
  }

  #wait(ms: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#options.clock.now() + ms);
  }
}
