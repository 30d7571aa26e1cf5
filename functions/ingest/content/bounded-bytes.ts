const INITIAL_BYTES = 65_536;

/**
 * Collects a body of at most `maxBytes`. Chunks are copied, not kept: a sender who cuts ten megabytes into chunks of one
 * byte would otherwise make a hundred times as much of them.
 */
export class BoundedBytes {
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false, having kept nothing of it, where that would exceed the limit. */
  append(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) return false;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  /** What was collected; nothing may be appended afterwards. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(length: number): void {
    const size = Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length, INITIAL_BYTES));
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(this.bytes());
    this.#buffer = grown;
  }
}
