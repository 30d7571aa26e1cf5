import type { EventError } from '#shared/events/problems.ts';
import type { ExactJson } from './exact-json.ts';

/** What a request brought, before anything in it is validated. */
export interface Received {
  /** One for each event, in order: parsed JSON of any shape, or an {@link UnreadableItem}. */
  readonly items: readonly unknown[];
  /** Numbers among them that would be stored as others. */
  readonly inexact: ExactJson['inexact'];
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
