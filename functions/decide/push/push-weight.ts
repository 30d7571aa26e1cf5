import { getHeapStatistics } from 'node:v8';

/** A message of 10 MB in base64, and room for its envelope. */
export const MAX_PUSH_BYTES = 15 * 1024 * 1024;

/** Of a message: more than `ingest` lets an event hold. What others publish, or was published earlier, may hold any number. */
export const MAX_MESSAGE_VALUES = 20_000;

/** What a JSON value takes once it is parsed, beside its text: an empty object 60 bytes, one entry of a large object 100. */
const VALUE_BYTES = 128;

/** A profile at its most, as it is read, parsed and written again. */
const PROFILE_BYTES = 4 * 1024 * 1024;

/** The rest is the code's own, what others do in the process, and what waits to be collected. */
const SHARE_OF_HEAP = 0.6;

/**
 * What a push may take of the heap until it is answered, as far as its length tells: its text, and what is parsed of that, at
 * two bytes a character; the values that the text has room for; and the profile it is applied to.
 */
export function weightOf(pushBytes: number): number {
  const messageBytes = (pushBytes * 3) / 4;
  return PROFILE_BYTES + 2 * pushBytes + Math.min(messageBytes / 2, MAX_MESSAGE_VALUES) * VALUE_BYTES;
}

/** How much pushes may weigh together in this process. */
export function heapBudgetBytes(): number {
  return SHARE_OF_HEAP * getHeapStatistics().heap_size_limit;
}
