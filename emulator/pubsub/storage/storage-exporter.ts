import { Alarm } from '../clock/alarm.ts';
import type { Clock } from '../clock/clock.ts';
import type { Room } from '../consumer.ts';
import type { Lease } from '../lease.ts';
import { toMs } from '../protocol/duration.ts';
import { decodeMessage } from '../protocol/pubsub-message.ts';
import type { CloudStorageConfig } from '../protocol/resources.ts';
import type { Exporter, Subscription } from '../subscription.ts';
import type { ObjectWriter } from './object-writer.ts';

/** What an object holds is in memory until it is stored: without a bound of its own it is closed at this one. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
const MAX_WRITES_UNDER_WAY = 2;

export interface StorageExporterOptions {
  readonly clock: Clock;
  readonly subscription: Subscription;
  readonly writer: ObjectWriter;
  readonly config: CloudStorageConfig;
  /** Is told of each write, so that whoever closes the server can wait for it. */
  readonly onWrite: (write: Promise<void>) => void;
}

/**
 * Collects a Cloud Storage subscription's messages until one of the limits for an object is reached, then stores the
 * object and acknowledges what is in it. A message is in several objects when it was stored but not acknowledged.
 */
export class StorageExporter implements Exporter {
  /** The object is closed after minutes: the lease ends when it is stored, or could not be. */
  readonly ackDeadlineMs = Number.POSITIVE_INFINITY;
  readonly takesKeysInBatches = true;
  readonly #options: StorageExporterOptions;
  readonly #limit: Room;
  readonly #maxDurationMs: number;
  readonly #due: Alarm;
  /** What the next object will hold, in order. */
  readonly #open = new Set<Lease>();
  #openBytes = 0;
  #writesUnderWay = 0;

  constructor(options: StorageExporterOptions) {
    const { clock, config, subscription, writer } = options;
    this.#options = options;
    this.#limit = {
      messages: config.maxMessages || Number.POSITIVE_INFINITY,
      bytes: Math.min(config.maxBytes || Number.POSITIVE_INFINITY, MAX_OBJECT_BYTES),
    };
    this.#maxDurationMs = toMs(config.maxDuration ?? {});
    this.#due = new Alarm(clock, () => this.#store());
    options.onWrite(writer.probe().then((state) => subscription.reportDestinationState(state)));
  }

  room(): Room | undefined {
    if (this.#writesUnderWay >= MAX_WRITES_UNDER_WAY) return undefined;
    return { messages: this.#limit.messages - this.#open.size, bytes: this.#limit.bytes - this.#openBytes };
  }

  deliver(leases: readonly Lease[]): void {
    if (this.#open.size === 0) this.#due.set(this.#options.clock.now() + this.#maxDurationMs);
    for (const lease of leases) {
      this.#open.add(lease);
      this.#openBytes += lease.message.sizeBytes;
    }
    if (this.#open.size >= this.#limit.messages || this.#openBytes >= this.#limit.bytes) this.#store();
  }

  /** It is delivered again, or not any more (a seek): then it is not in the object. */
  onSettled(lease: Lease): void {
    if (!this.#open.delete(lease)) return;
    this.#openBytes -= lease.message.sizeBytes;
    if (this.#open.size === 0) this.#due.cancel();
  }

  /** Stores what it has collected. */
  close(): void {
    this.#store();
  }

  #store(): void {
    const leases = [...this.#open];
    this.#due.cancel();
    this.#open.clear();
    this.#openBytes = 0;
    if (leases.length === 0) return;
    this.#writesUnderWay++;
    this.#options.onWrite(this.#write(leases));
  }

  async #write(leases: readonly Lease[]): Promise<void> {
    const { subscription, writer } = this.#options;
    const deliveries = leases.map(({ delivery }) => delivery);
    const { errors, state } = await writer.write(leases.map((lease) => decodeMessage(lease.message)));
    this.#writesUnderWay--;
    subscription.reportDestinationState(state);
    leases.forEach((lease, index) => {
      // After a seek it may have been delivered anew.
      if (lease.state !== 'outstanding' || lease.delivery !== deliveries[index]) return;
      const error = errors[index];
      if (error === undefined) subscription.acknowledgeLease(lease);
      else subscription.nackLease(lease, error);
    });
    subscription.onRoom();
  }
}
