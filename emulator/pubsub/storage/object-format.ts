import type { PubsubMessage } from '../protocol/resources.ts';

/** The bytes of one object: what they are, and which messages of the batch are in it. */
export interface EncodedObject {
  readonly bytes: readonly Uint8Array[];
  /** Indexes of the messages. */
  readonly indexes: readonly number[];
}

export interface EncodedBatch {
  readonly objects: readonly EncodedObject[];
  /** Why a message is in none of the objects, by its index. */
  readonly errors: ReadonlyMap<number, string>;
}

/** How a batch of messages becomes objects. */
export type ObjectFormat = (messages: readonly PubsubMessage[]) => EncodedBatch | Promise<EncodedBatch>;

const NEWLINE = Buffer.from('\n');

/** Text: the messages' data alone, a line break between two of them. */
export const encodeText = (messages: readonly PubsubMessage[]): EncodedBatch => ({
  objects: [
    {
      bytes: messages.flatMap(({ data }, index) => (index === 0 ? [data] : [NEWLINE, data])),
      indexes: messages.map((_, index) => index),
    },
  ],
  errors: new Map(),
});
