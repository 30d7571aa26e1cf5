import { Refusal } from '#shared/errors/refusals.ts';

/** The refusal of a body of more than `maxBytes`, compressed or decompressed. */
export function tooLarge(maxBytes: number): Refusal {
  return new Refusal('payload_too_large', { detail: `A body has at most ${maxBytes} bytes, decompressed or not.` });
}
