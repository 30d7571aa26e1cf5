import type { StreamMessage } from '#shared/events/messages.ts';
import type { PublishOutcome } from './outcome.ts';

/** When a batch is closed: as soon as any of these is reached. */
export interface BatchLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** From the batch's first message on. */
  readonly maxMilliseconds: number;
}

/** Messages that were given to one call of `publish`, and what became of those that are settled. */
export interface Group {
  readonly outcomes: PublishOutcome[];
  unsettled: number;
  readonly resolve: (outcomes: PublishOutcome[]) => void;
}

/** Consecutive messages of one group in a batch: `outcomes[from]` is the first one's. */
interface Share {
  readonly group: Group;
  readonly from: number;
  count: number;
}

interface Batch {
  readonly messages: StreamMessage[];
  readonly shares: Share[];
  readonly openedAtMs: number;
  bytes: number;
}

export interface LaneOptions {
  /** Resolves to one outcome for each message. Never rejects. */
  readonly send: (messages: readonly StreamMessage[], openedAtMs: number) => Promise<PublishOutcome[]>;
  /** Batches under way at a time; 1 keeps the order. */
  readonly maxInFlight: number;
  readonly onIdle: () => void;
  readonly now: () => number;
}

/** Gathers messages for one topic (and one ordering key) into batches, across the requests that bring them. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #closed: Batch[] = [];
  #open: Batch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Takes `message`, whose outcome will be `group.outcomes[index]`. */
  add(message: StreamMessage, group: Group, index: number, limits: BatchLimits): void {
    const bytes = sizeInBytes(message);
    if (this.#open !== undefined && this.#open.bytes + bytes > limits.maxBytes) this.flush();
    const batch = (this.#open ??= this.#openBatch(limits.maxMilliseconds));
    batch.messages.push(message);
    batch.bytes += bytes;
    const share = batch.shares.at(-1);
    if (share?.group === group && share.from + share.count === index) share.count++;
    else batch.shares.push({ group, from: index, count: 1 });
    if (batch.messages.length >= limits.maxMessages || batch.bytes >= limits.maxBytes) this.flush();
  }

  /** Closes the open batch: it is sent as soon as the lane is free. */
  flush(): void {
    if (this.#open === undefined) return;
    clearTimeout(this.#timer);
    this.#closed.push(this.#open);
    this.#open = undefined;
    this.#sendNext();
  }

  #openBatch(maxMilliseconds: number): Batch {
    this.#timer = setTimeout(() => this.flush(), maxMilliseconds);
    return { messages: [], shares: [], openedAtMs: this.#options.now(), bytes: 0 };
  }

  #sendNext(): void {
    if (this.#inFlight >= this.#options.maxInFlight) return;
    const batch = this.#closed.shift();
    if (batch === undefined) return;
    this.#inFlight++;
    void this.#options.send(batch.messages, batch.openedAtMs).then((outcomes) => {
      settle(batch, outcomes);
      this.#inFlight--;
      this.#sendNext();
      if (this.#inFlight === 0 && this.#open === undefined) this.#options.onIdle();
    });
  }
}

function settle(batch: Batch, outcomes: readonly PublishOutcome[]): void {
  let next = 0;
  for (const { group, from, count } of batch.shares) {
    for (let index = from; index < from + count; index++) {
      const outcome = outcomes[next++];
      if (outcome !== undefined) group.outcomes[index] = outcome;
    }
    group.unsettled -= count;
    if (group.unsettled === 0) group.resolve(group.outcomes);
  }
}

/** What Pub/Sub counts, give or take the framing of fields. */
function sizeInBytes({ data, attributes, orderingKey }: StreamMessage): number {
  let bytes = data.length + (orderingKey === undefined ? 0 : Buffer.byteLength(orderingKey));
  for (const key in attributes) bytes += key.length + Buffer.byteLength(attributes[key] ?? '');
  return bytes;
}
