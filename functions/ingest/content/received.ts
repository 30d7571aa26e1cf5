import type { EventError } from '#shared/events/problems.ts';
import type { Inexact, InexactItems } from './inexact.ts';

/** Items of a request, before anything in them is validated. */
export interface Items {
  /** In order: parsed JSON of any shape, a {@link TranslatedItem} or an {@link UnreadableItem}. */
  readonly items: readonly unknown[];
  /** What of them would not be stored as it was sent, by place in `items`. */
  readonly inexact: InexactItems;
}

/** Items that are parsed in one go, when it is their turn, and not kept for longer than they are needed. */
export interface Batch {
  /** How much work that is: see `Entry.turn`. None, where it has been done. */
  readonly units: number;
  /** @throws Refusal `malformed_json`, `invalid_body`. */
  readonly parse: () => Items;
}

/** A body that has been looked through, and is not parsed yet. */
export interface Unparsed {
  /** How many JSON values it has; at most, where that is not known exactly. */
  readonly values: number;
  /** How many items there are; undefined where only parsing it tells. Then there is one batch. */
  readonly count: number | undefined;
  readonly batches: readonly Batch[];
}

/** What a request brought. */
export interface Received {
  readonly count: number;
  readonly batches: readonly Batch[];
  /** The body after decompression. */
  readonly body: Buffer;
}

/** Stands where an event should be that could not even be read, such as a line that is not JSON. */
export class UnreadableItem {
  readonly error: EventError;
  /** The id that it claims, where one can be made out. */
  readonly id: string | undefined;

  constructor(error: EventError, id?: string) {
    this.error = error;
    this.id = id;
  }
}

/** An event that came in another form than Headgate's own, and is now in that. */
export class TranslatedItem {
  /** To be validated as if it had been sent like this. */
  readonly item: unknown;
  /** What of it would not be stored as it was sent, in so far as that is known only now. */
  readonly inexact: Inexact | undefined;
  /** W3C trace context that the event itself carries, as it came. */
  readonly traceparent: string | undefined;
  readonly #nameOf: (path: string) => string;

  /** @param nameOf how the sender names what is at a path of `item`. */
  constructor(
    item: unknown,
    nameOf: (path: string) => string,
    {
      traceparent,
      inexact,
    }: { readonly traceparent?: string | undefined; readonly inexact?: Inexact | undefined } = {},
  ) {
    this.item = item;
    this.#nameOf = nameOf;
    this.traceparent = traceparent;
    this.inexact = inexact;
  }

  /** The error in the words of who sent it. */
  inSendersWords(error: EventError): EventError {
    if (error.path === undefined) return error;
    const path = this.#nameOf(error.path);
    return { ...error, message: path + error.message.slice(error.path.length), path };
  }
}
