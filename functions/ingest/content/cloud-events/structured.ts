import { Refusal } from '#shared/errors/refusals.ts';
import type { InexactValues } from '../exact-json.ts';
import { requireCount } from '../item-count.ts';
import { parseBody } from '../json.ts';
import type { Received } from '../received.ts';
import { translateCloudEvent } from './translate.ts';

/**
 * Reads one CloudEvent in structured mode: an object of attributes and data.
 *
 * @throws Refusal `malformed_json`, `invalid_body`.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function readCloudEvent(body: Buffer, receivedAt: string): Pick<Received, 'items' | 'inexact'> {
  const { json, inexact } = parseBody(body);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Refusal('invalid_body', {
      detail: 'Send one CloudEvent; an array is application/cloudevents-batch+json.',
    });
  }
  return translateAll([json], inexact, receivedAt);
}

/**
 * Reads a batch of CloudEvents: an array. Each is an item by itself, whatever the others are.
 *
 * @throws Refusal `malformed_json`, `invalid_body`, `too_many_events`.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format
 */
export function readCloudEventBatch(
  body: Buffer,
  maxEvents: number,
  receivedAt: string,
): Pick<Received, 'items' | 'inexact'> {
  const { json, inexact } = parseBody(body);
  if (!Array.isArray(json)) {
    throw new Refusal('invalid_body', { detail: 'Send an array of CloudEvents; one is application/cloudevents+json.' });
  }
  requireCount(json.length, maxEvents);
  return translateAll(json, inexact, receivedAt);
}

function translateAll(
  cloudEvents: readonly unknown[],
  inexact: InexactValues,
  receivedAt: string,
): Pick<Received, 'items' | 'inexact'> {
  const noted = new Map(inexact);
  return { items: cloudEvents.map((each) => translateCloudEvent(each, noted, receivedAt)), inexact: noted };
}
