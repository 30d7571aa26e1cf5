import { StatusError } from '../protocol/status.ts';

/**
 * How much memory messages hold in the whole server, and how much they may. A publisher that outruns its subscribers
 * meets RESOURCE_EXHAUSTED at the bound, and not the end of the process's memory.
 */
export class HeldBytes {
  readonly limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws StatusError RESOURCE_EXHAUSTED when so many more would pass the bound */
  requireRoomFor(bytes: number): void {
    if (this.#bytes + bytes <= this.limitBytes) return;
    throw new StatusError(
      'RESOURCE_EXHAUSTED',
      `The messages held have reached the bound of ${this.limitBytes} bytes: acknowledge some, or raise the bound.`,
    );
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}
