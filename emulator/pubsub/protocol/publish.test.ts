import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldBytes } from '../backlog/held-bytes.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { Topic } from '../topic.ts';
import { loadDescriptors } from './descriptors.ts';
import { encodePublishResponse, readPublishRequest } from './publish.ts';
import { decodeMessage } from './pubsub-message.ts';

const root = loadDescriptors();
const publishRequest = root.lookupType('google.pubsub.v1.PublishRequest');
const publishResponse = root.lookupType('google.pubsub.v1.PublishResponse');
const pubsubMessage = root.lookupType('google.pubsub.v1.PubsubMessage');

const encode = (messages: readonly object[]): Buffer =>
  Buffer.from(publishRequest.encode(publishRequest.fromObject({ topic: 'projects/p/topics/t', messages })).finish());

const message = (bytes: number): object => ({ data: Buffer.alloc(bytes) });

test('stored messages are what protobuf would have encoded', () => {
  const attribute = fc.tuple(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((key) => !key.startsWith('goog')),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
  );
  const draft = fc.record({
    data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    attributes: fc.array(attribute, { maxLength: 5 }).map((entries) => new Map(entries)),
    orderingKey: fc.string({ unit: 'grapheme', maxLength: 30 }),
    // Only the server may set these: what a publisher sends is dropped.
    messageId: fc.constantFrom('', 'mine'),
    publishTime: fc.constantFrom(undefined, { seconds: 1, nanos: 5 }),
  });
  fc.assert(
    fc.property(fc.array(draft, { minLength: 1, maxLength: 10 }), fc.nat(2_000_000_000_000), (drafts, nowMs) => {
      const clock = new FakeClock(new Date(nowMs).toISOString());
      let lastId = 0;
      const held = new HeldBytes(Number.POSITIVE_INFINITY);
      const topic = new Topic('t', {}, undefined, { clock, held, nextMessageId: () => ++lastId });
      const cursor = topic.log.openCursor();
      const attributesOf = (entries: Map<string, string>): object => Object.fromEntries(entries);
      const { bytes, messages } = readPublishRequest(
        encode(drafts.map((one) => ({ ...one, attributes: attributesOf(one.attributes) }))),
      );
      topic.publish(bytes, messages);
      for (const [index, { data, attributes, orderingKey }] of drafts.entries()) {
        const stored = cursor.peek();
        cursor.advance();
        const expected = { data: Buffer.from(data), messageId: String(index + 1), orderingKey };
        const decoded = pubsubMessage.toObject(pubsubMessage.decode(stored!.encoded), { longs: Number, bytes: Buffer });
        expect(decoded).toMatchObject({ data: expected.data, messageId: expected.messageId });
        expect(decoded['publishTime']).toEqual({ seconds: Math.floor(nowMs / 1000), nanos: (nowMs % 1000) * 1e6 });
        expect(decodeMessage(stored!)).toEqual({
          ...expected,
          publishTimeMs: nowMs,
          attributes: attributesOf(attributes),
        });
      }
    }),
    { numRuns: 200 },
  );
});

test('the response carries the ids', () => {
  const ids = [1, 1_795_224_588_495_001];
  expect(publishResponse.toObject(publishResponse.decode(encodePublishResponse(ids)))).toEqual({
    messageIds: ['1', '1795224588495001'],
  });
});

test.each<[string, readonly object[]]>([
  ['message_count is too small', []],
  ['message_count is too large', Array.from({ length: 1001 }, () => message(1))],
  ['is empty', [{}]],
  ['is empty', [message(1), { orderingKey: 'k' }]],
  ['exceeds the limit: 10485760', [message(10 * 1024 * 1024)]],
  ['at most 100', [{ attributes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, ''])) }]],
  ['longer than 256', [{ attributes: { ['k'.repeat(257)]: '' } }]],
  ['longer than 1024', [{ attributes: { k: 'ä'.repeat(513) } }]],
  ['must not be empty', [{ attributes: { '': 'x' } }]],
  ['must not begin with "goog"', [{ attributes: { google: 'x' } }]],
  ['ordering key is longer', [{ ...message(1), orderingKey: 'k'.repeat(1025) }]],
])('%s', (error, messages) => {
  expect(() => readPublishRequest(encode(messages))).toThrow(error);
});

test.each<[string, object]>([
  ['the largest attributes', { attributes: { ['k'.repeat(256)]: 'ä'.repeat(512) } }],
  ['what client libraries set', { attributes: { googclient_traceparent: 'x' } }],
  ['attributes without data', { attributes: { k: '' } }],
])('%s pass', (_, accepted) => {
  expect(readPublishRequest(encode([accepted])).messages).toHaveLength(1);
});

test('bytes that are no request are refused, whatever they are', () => {
  const valid = encode([{ data: Buffer.from('data'), attributes: { key: 'value' }, orderingKey: 'k' }]);
  const mangled = fc.tuple(fc.nat(valid.length - 1), fc.uint8Array({ maxLength: 4 })).map(([at, bytes]) => {
    const copy = Buffer.from(valid);
    copy.set(bytes.subarray(0, valid.length - at), at);
    return copy.subarray(0, at + bytes.length);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), mangled), (bytes) => {
      try {
        readPublishRequest(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      }
    }),
    { numRuns: 2000 },
  );
});
