import type { EventError } from '#shared/events/problems.ts';
import type { InexactValues } from './exact-json.ts';

/** What a request brought, before anything in it is validated. */
export interface Received {
  /** One for each event, in order: parsed JSON of any shape, a {@link TranslatedItem} or an {@link UnreadableItem}. */
  readonly items: readonly unknown[];
  /** What of them would not be stored as it was sent. */
  readonly inexact: InexactValues;
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
  /** W3C trace context that the event itself carries, as it came. */
  readonly traceparent: string | undefined;
  readonly #nameOf: (path: string) => string;

  /** @param nameOf how the sender names what is at a path of `item`. */
  constructor(item: unknown, nameOf: (path: string) => string, traceparent?: string) {
    this.item = item;
    this.#nameOf = nameOf;
    this.traceparent = traceparent;
  }

  /** The error in the words of who sent it. */
  inSendersWords(error: EventError): EventError {
    if (error.path === undefined) return error;
    const path = this.#nameOf(error.path);
    return { ...error, message: path + error.message.slice(error.path.length), path };
  }
}
