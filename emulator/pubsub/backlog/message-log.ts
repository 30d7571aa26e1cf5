import type { HeldBytes } from './held-bytes.ts';
import { Chunk, Message } from './message.ts';

const SMALLEST_CHUNK_BYTES = 4 * 1024;
const LARGEST_CHUNK_BYTES = 256 * 1024;

interface Segment {
  readonly chunk: Chunk;
  readonly messages: Message[];
  next: Segment | undefined;
}

/** What `MessageLog.append` needs to know of a message; its bytes are written by the caller, straight into place. */
export interface NewMessage {
  readonly id: number;
  readonly publishTimeMs: number;
  readonly orderingKey: string;
  readonly sizeBytes: number;
}

/**
 * The messages of a topic in order of publication, in segments linked from older to newer. Only cursors hold segments:
 * what every cursor has passed is gone. A subscription's backlog is such a cursor, so that an undelivered message costs
 * nothing more for each subscription that waits for it.
 */
export class MessageLog {
  readonly #held: HeldBytes;
  #tail: Segment;
  #cursors = 0;
  #nextChunkBytes = SMALLEST_CHUNK_BYTES;
  #newestId = 0;
  #releasedId = 0;
  #retained: { readonly cursor: Cursor; durationMs: number } | undefined;

  constructor(held: HeldBytes) {
    this.#held = held;
    this.#tail = { chunk: new Chunk(0, 1, held), messages: [], next: undefined };
  }

  /** Whether anyone will ever ask for a message that is appended now. */
  get isRead(): boolean {
    return this.#cursors > 0;
  }

  /** The id of the last message that was appended; 0 as long as there is none. */
  get newestId(): number {
    return this.#newestId;
  }

  /** The newest message that may be handed out. */
  get releasedId(): number {
    return this.#releasedId;
  }

  /** Lets messages up to that id be handed out. */
  release(id: number): void {
    this.#releasedId = Math.max(id, this.#releasedId);
  }

  /** The oldest message that the topic itself retains; undefined where only subscriptions retain. */
  get retained(): Cursor | undefined {
    return this.#retained?.cursor;
  }

  get retentionMs(): number {
    return this.#retained?.durationMs ?? 0;
  }

  /** Keeps what is published from now on for that long, whoever has read it (0: no longer than it is read). */
  retain(durationMs: number): void {
    if (durationMs === 0) {
      this.#retained?.cursor.close();
      this.#retained = undefined;
    } else if (this.#retained) {
      this.#retained.durationMs = durationMs;
    } else {
      this.#retained = { cursor: this.openCursor(), durationMs };
    }
  }

  /** Lets go of what the topic has retained for long enough. */
  expire(nowMs: number): void {
    this.#retained?.cursor.skipBefore(nowMs - this.#retained.durationMs);
  }

  /** Adds a message whose bytes the caller then writes at `message.start` of `message.chunk`. */
  append(message: NewMessage): Message {
    const segment = this.#segmentFor(message.sizeBytes);
    const start = segment.chunk.used;
    const end = start + message.sizeBytes;
    segment.chunk.used = end;
    const stored = new Message(message.id, message.publishTimeMs, message.orderingKey, segment.chunk, start, end);
    segment.messages.push(stored);
    this.#newestId = message.id;
    return stored;
  }

  /** A cursor that sees only what is published from now on. */
  openCursor(): Cursor {
    this.#cursors++;
    this.#tail.chunk.hold();
    return new Cursor(this.#tail, this.#tail.messages.length, () => this.#cursors--);
  }

  /** Another cursor at the same place; moving one does not move the other. */
  copyCursor(cursor: Cursor): Cursor {
    this.#cursors++;
    return cursor.copy();
  }

  #segmentFor(sizeBytes: number): Segment {
    const tail = this.#tail;
    if (tail.chunk.used + sizeBytes <= tail.chunk.bytes.length) return tail;
    const chunkBytes = Math.max(sizeBytes, this.#nextChunkBytes);
    this.#nextChunkBytes = Math.min(LARGEST_CHUNK_BYTES, this.#nextChunkBytes * 2);
    // Every open cursor is still to come past the new segment; the log itself holds its tail.
    const segment = { chunk: new Chunk(chunkBytes, this.#cursors + 1, this.#held), messages: [], next: undefined };
    tail.next = segment;
    tail.chunk.release();
    this.#tail = segment;
    return segment;
  }
}

/** A place in a message log: everything before it is read. It holds what comes after it, until it is closed. */
export class Cursor {
  #segment: Segment;
  #index: number;
  readonly #onClose: () => void;
  #closed = false;

  constructor(segment: Segment, index: number, onClose: () => void) {
    this.#segment = segment;
    this.#index = index;
    this.#onClose = onClose;
  }

  /** The message at this place, if one is there yet. */
  peek(): Message | undefined {
    for (;;) {
      const message = this.#segment.messages[this.#index];
      if (message) return message;
      const { next } = this.#segment;
      if (!next) return undefined;
      this.#segment.chunk.release();
      this.#segment = next;
      this.#index = 0;
    }
  }

  /** Moves past the message at this place. */
  advance(): void {
    this.#index++;
  }

  /** Moves to the first message that was published at that time or after it. */
  skipBefore(publishTimeMs: number): void {
    for (let message = this.peek(); message && message.publishTimeMs < publishTimeMs; message = this.peek()) {
      this.#index++;
    }
  }

  /** Lets go of all that comes after this place. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (let segment: Segment | undefined = this.#segment; segment; segment = segment.next) segment.chunk.release();
    this.#onClose();
  }

  /** Use `MessageLog.copyCursor`, which counts it. */
  copy(): Cursor {
    for (let segment: Segment | undefined = this.#segment; segment; segment = segment.next) segment.chunk.hold();
    return new Cursor(this.#segment, this.#index, this.#onClose);
  }
}
