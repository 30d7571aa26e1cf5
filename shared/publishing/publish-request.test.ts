import { protos } from '@google-cloud/pubsub';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamMessage } from '#shared/events/messages.ts';
import { encodePublishRequest } from './publish-request.ts';

const topic = 'projects/demo/topics/acme.events';

/** What the generated client reads from the encoded request, in our words. */
function decode(encoded: Buffer) {
  const { topic, messages } = protos.google.pubsub.v1.PublishRequest.decode(encoded);
  return {
    topic,
    messages: messages.map(({ data, attributes, orderingKey }) => ({
      data: Buffer.from((data ?? []) as Uint8Array),
      attributes,
      ...(orderingKey === '' ? {} : { orderingKey }),
    })),
  };
}

function message(attributes: Record<string, string>, data = Buffer.from('{}')): StreamMessage {
  return { data, attributes };
}

test('is, for an event of everyday, byte for byte what the generated client would send', () => {
  const messages = [
    message({ event_id: 'evt_1', subject: 'naïve 🦊' }, Buffer.from('{"a":1}'.repeat(40))),
    { ...message({ event_id: 'evt_2' }), orderingKey: 'cus_1' },
  ];
  const expected = protos.google.pubsub.v1.PublishRequest.encode({ topic, messages }).finish();
  expect(encodePublishRequest(topic, messages).equals(expected)).toBe(true);
});

test('what is encoded decodes to the same', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary', minLength: 30, maxLength: 600 }),
    fc.string({ unit: fc.constantFrom('x', 'é', '語', '🦊'), minLength: 40, maxLength: 140 }),
  );
  const attributes = fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    text,
    { maxKeys: 8 },
  );
  const messages = fc.array(
    fc.oneof(
      fc.record({ data: fc.uint8Array({ maxLength: 300 }), attributes }),
      fc.record({
        data: fc.uint8Array({ maxLength: 300 }),
        attributes,
        orderingKey: text.filter((key) => key !== ''),
      }),
    ),
  );
  fc.assert(
    fc.property(text, messages, (name, generated) => {
      const sent = generated.map(({ data, ...rest }) => ({ ...rest, data: Buffer.from(data) }));
      expect(decode(encodePublishRequest(name, sent))).toEqual({ topic: name, messages: sent });
    }),
  );
});

/** Lengths about where a length begins to take another byte. */
const BOUNDARIES = [0, 1, 63, 64, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152];

test.each(BOUNDARIES)('a length of %i survives, wherever it is', (length) => {
  const data = Buffer.alloc(length, 'x');
  const empty = Buffer.alloc(0);
  const text = 'x'.repeat(length);
  const sent = [
    message({}, data),
    message({ key: text }, empty),
    message({ [text]: '' }, empty),
    ...(length === 0 ? [] : [{ ...message({}, empty), orderingKey: text }]),
    // The field around it is what reaches the boundary.
    ...[2, 3, 4, 5, 6, 8].flatMap((less) => (length < less ? [] : [message({ k: text.slice(less) }, empty)])),
    message({ event_id: 'after all the others' }),
  ];
  expect(decode(encodePublishRequest(topic, sent))).toEqual({ topic, messages: sent });
});

test('what has no UTF-8 is replaced, and the message beside it is whole', () => {
  const sent = [message({ a: '\uD800', b: `${'x'.repeat(80)}\uDC00` }), message({ c: 'd' })];
  expect(decode(encodePublishRequest(topic, sent)).messages.map(({ attributes }) => attributes)).toEqual([
    { a: '\uFFFD', b: `${'x'.repeat(80)}\uFFFD` },
    { c: 'd' },
  ]);
});
