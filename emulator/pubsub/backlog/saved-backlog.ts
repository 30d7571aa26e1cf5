import type { Message } from './message.ts';
import type { Cursor } from './message-log.ts';

/**
 * What a subscription had yet to deliver at one moment, and all that is published after it. It is held, whatever
 * becomes of the subscription, until `close`.
 */
export class SavedBacklog {
  /** What had been delivered and was not acknowledged: as it was published, in order. */
  readonly messages: readonly Message[];
  /** Where the rest begins in the topic's log. */
  readonly cursor: Cursor;
  /** Which messages of that rest the subscription had left out all the same. */
  readonly isLeftOut: ((message: Message) => boolean) | undefined;
  #isClosed = false;

  /** @param cursor is closed with it */
  constructor(messages: readonly Message[], cursor: Cursor, isLeftOut: ((message: Message) => boolean) | undefined) {
    this.messages = messages;
    this.cursor = cursor;
    this.isLeftOut = isLeftOut;
    for (const { chunk } of messages) chunk.hold();
  }

  /** When the oldest message that was not acknowledged was published; now, when there was none. */
  oldestPublishTimeMs(nowMs: number): number {
    return Math.min(nowMs, ...[this.messages[0], this.cursor.peek()].flatMap((first) => first?.publishTimeMs ?? []));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.cursor.close();
    for (const { chunk } of this.messages) chunk.release();
  }
}
