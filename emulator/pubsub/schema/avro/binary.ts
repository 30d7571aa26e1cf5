import type { FieldValue } from '../field-value.ts';
import type { AvroType } from './avro-type.ts';
import { bytesValue, enumValue, integerValue, recordValue, unionValue } from './values.ts';

/** Values that take no bytes (nulls, empty records) could be claimed without end. */
const MAX_VALUES_WITHOUT_BYTES = 100_000;
const MAX_LONG_BYTES = 10;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads exactly one value. The library's own decoder believes in lengths and counts before it looks for the bytes, so
 * that ten bytes keep it busy for years; it also rounds longs.
 * @throws Error when the data is anything else
 */
export function readAvroBinary(type: AvroType, data: Uint8Array): FieldValue {
  const reader = new BinaryReader(data);
  const value = reader.read(type);
  if (reader.position < data.length) throw new Error('Too much data to parse for schema.');
  return value;
}

class BinaryReader {
  position = 0;
  readonly #data: Buffer;
  #valuesLeft: number;

  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#valuesLeft = data.length + MAX_VALUES_WITHOUT_BYTES;
  }

  read(type: AvroType): FieldValue {
    if (--this.#valuesLeft < 0) throw new Error('There are too many values without data.');
    switch (type.kind) {
      case 'null':
        return null;
      case 'boolean':
        return this.#boolean();
      case 'int':
      case 'long':
        return integerValue(type, this.#long());
      case 'float':
        return this.#take(4).readFloatLE();
      case 'double':
        return this.#take(8).readDoubleLE();
      case 'string':
        return this.#string();
      case 'bytes':
        return bytesValue(type, this.#take(this.#length()));
      case 'fixed':
        return bytesValue(type, this.#take(type.size));
      case 'enum':
        return enumValue(type, Number(this.#long()));
      case 'array':
        return this.#blocks(() => this.read(type.items));
      case 'map':
        return this.#blocks(() => ({ key: this.#string(), value: this.read(type.values) }));
      case 'record':
        return recordValue(type, (field) => this.read(field.type));
      case 'union':
      default: {
        const branch = type.branches[Number(this.#long())];
        if (!branch) throw new Error('A union has no branch of that number.');
        return unionValue(type, this.read(branch.type));
      }
    }
  }

  #take(length: number): Buffer {
    const start = this.position;
    if (length > this.#data.length - start) throw new Error('Not enough data to parse for schema.');
    this.position += length;
    return this.#data.subarray(start, this.position);
  }

  #boolean(): boolean {
    const byte = this.#take(1)[0];
    if (byte !== 0 && byte !== 1) throw new Error(`${byte} is no boolean.`);
    return byte === 1;
  }

  #string(): string {
    return utf8.decode(this.#take(this.#length()));
  }

  #length(): number {
    const length = Number(this.#long());
    if (length < 0) throw new Error('A length is negative.');
    return length;
  }

  /** A variable-length zig-zag number of up to 64 bits. */
  #long(): bigint {
    let unsigned = 0n;
    for (let index = 0; index < MAX_LONG_BYTES; index++) {
      const byte = this.#take(1)[0] ?? 0;
      unsigned |= BigInt(byte & 0x7f) << BigInt(index * 7);
      if (byte < 0x80) return BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n));
    }
    throw new Error('A number is longer than 64 bits.');
  }

  /** Blocks of items up to one that is empty; a negative count is followed by the block's size in bytes. */
  #blocks(readItem: () => FieldValue): FieldValue[] {
    const items: FieldValue[] = [];
    for (;;) {
      let count = this.#long();
      if (count === 0n) return items;
      if (count < 0n) {
        count = -count;
        this.#long();
      }
      for (; count > 0n; count--) items.push(readItem());
    }
  }
}
