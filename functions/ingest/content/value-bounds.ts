import { Refusal } from '#shared/errors/refusals.ts';
import { atMostValues } from '#shared/events/json-outline.ts';
import { valuesIn } from '#shared/events/json-values.ts';
import { type EventError, refusal } from '#shared/events/problems.ts';
import type { Limits } from '../limits.ts';

/** What of a body is parsed in one go, unless it is a single event. */
const PIECE_BYTES = 250_000;

/** An event's worth of work ({@link Entry.turn}) is to parse so many bytes of text, or so many values. */
const BYTES_PER_UNIT = 1_000;
/** Those with ever new names of members take 1 us each, as much as ten others. */
const VALUES_PER_UNIT = 20;

/** How much work it is to parse so much, in events. */
export function unitsOf(values: number, bytes: number): number {
  return Math.ceil(Math.max(values / VALUES_PER_UNIT, bytes / BYTES_PER_UNIT));
}

/** What is parsed in one go. */
export function pieceOf({ maxEventValues }: Limits): { readonly values: number; readonly bytes: number } {
  return { values: maxEventValues, bytes: PIECE_BYTES };
}

/** Whether a body is parsed in one go. */
export function isSmall(values: number, bytes: number, limits: Limits): boolean {
  return values <= limits.maxEventValues && bytes <= PIECE_BYTES;
}

/** Why an event is not even parsed that has so many values, or bytes, as it was sent. */
export function tooMuchForAnEvent(values: number, bytes: number, limits: Limits): EventError | undefined {
  const { maxEventValues, maxSentEventBytes } = limits;
  if (values > maxEventValues) {
    return refusal('too_many_values', '', `more than ${maxEventValues} JSON values, at whatever depth`).error;
  }
  if (bytes <= maxSentEventBytes) return undefined;
  return refusal('event_too_large', '', `${bytes} bytes as it was sent; at most ${maxSentEventBytes} are allowed`)
    .error;
}

/** A body, or part of one, that is a single event. */
export interface Single {
  readonly values: number;
  /** Why it is not parsed. */
  readonly error: EventError | undefined;
}

/** What is to be known of it before it is parsed. */
export function singleEvent(bytes: Uint8Array, limits: Limits): Single {
  const atMost = atMostValues(bytes);
  const values = atMost > limits.maxEventValues ? valuesIn(bytes, limits.maxBodyValues) : atMost;
  return { values, error: tooMuchForAnEvent(values, bytes.length, limits) };
}

/**
 * How many values there are exactly.
 *
 * @throws Refusal `too_many_values`
 */
export function valuesOf(bytes: Uint8Array, limits: Limits): number {
  const values = valuesIn(bytes, limits.maxBodyValues);
  requireValues(values, limits);
  return values;
}

/** @throws Refusal `too_many_values` */
export function requireValues(values: number, { maxBodyValues }: Limits): void {
  if (values <= maxBodyValues) return;
  throw new Refusal('too_many_values', {
    detail: `A body has at most ${maxBodyValues} JSON values, at whatever depth; this one has more. Send fewer events at a time.`,
  });
}
