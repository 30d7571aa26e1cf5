import { Refusal } from '#shared/errors/refusals.ts';
import type { Limits } from '#functions/ingest/limits.ts';
import type { Form } from '../json.ts';
import { translateCloudEvent } from './translate.ts';

/**
 * One CloudEvent in structured mode: an object of attributes and data.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function structuredForm(receivedAt: string, limits: Limits): Form {
  return {
    listName: undefined,
    itemsOf: (json) => {
      if (typeof json === 'object' && json !== null && !Array.isArray(json)) return [json];
      throw new Refusal('invalid_body', {
        detail: 'Send one CloudEvent; an array is application/cloudevents-batch+json.',
      });
    },
    translate: (item) => translateCloudEvent(item, receivedAt, limits),
  };
}

/**
 * A batch of CloudEvents: an array. Each is an item by itself, whatever the others are.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format
 */
export function batchForm(receivedAt: string, limits: Limits): Form {
  return {
    listName: undefined,
    itemsOf: (json) => {
      if (Array.isArray(json)) return json;
      throw new Refusal('invalid_body', {
        detail: 'Send an array of CloudEvents; one is application/cloudevents+json.',
      });
    },
    translate: (item) => translateCloudEvent(item, receivedAt, limits),
  };
}
