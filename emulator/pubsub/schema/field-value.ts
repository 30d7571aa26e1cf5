/**
 * A value of a message as its schema reads it, whatever the framework and the encoding. Integers are bigints, so that
 * 64 bits are kept and no other number is taken for one; `bytes` are base64; a map is a list of keys and values.
 */
export type FieldValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Unmappable
  | readonly FieldValue[]
  | { readonly [field: string]: FieldValue };

/** A value that is valid, but of a kind that no column of a table can hold. */
export class Unmappable {
  /** What it is, in the words of the framework: `union`, `oneof`. */
  readonly kind: string;

  constructor(kind: string) {
    this.kind = kind;
  }
}
