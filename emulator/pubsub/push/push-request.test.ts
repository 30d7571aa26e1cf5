import { expect, test } from 'vitest';
import { pubsubMessage } from '../testing/harness.ts';
import { pushRequest } from './push-request.ts';

const subscription = 'projects/p/subscriptions/acme.events.decide';

test('a wrapped push is the JSON that the service documents', () => {
  const message = pubsubMessage({ data: 'hello', attributes: { type: 'a' }, orderingKey: 'k' });
  const { headers, body } = pushRequest({}, message, { subscription, deliveryAttempt: 3 });
  expect(headers).toEqual({ 'content-type': 'application/json' });
  expect(JSON.parse(body.toString())).toEqual({
    message: {
      attributes: { type: 'a' },
      data: Buffer.from('hello').toString('base64'),
      messageId: '42',
      message_id: '42',
      orderingKey: 'k',
      publishTime: '2026-11-20T10:30:00.123Z',
      publish_time: '2026-11-20T10:30:00.123Z',
    },
    subscription,
    deliveryAttempt: 3,
  });
});

test('what a message lacks is left out', () => {
  const message = pubsubMessage({ data: '', attributes: { type: 'a' } });
  const { body } = pushRequest({}, message, { subscription, deliveryAttempt: 0 });
  expect(Object.keys(JSON.parse(body.toString()) as object)).toEqual(['message', 'subscription']);
  expect(body.toString()).not.toMatch(/data|orderingKey/);
});

test('an unwrapped push is the data alone', () => {
  const message = pubsubMessage({ data: 'hello', attributes: { type: 'a' } });
  const { headers, body } = pushRequest({ noWrapper: {} }, message, { subscription, deliveryAttempt: 1 });
  expect(body.toString()).toBe('hello');
  expect(headers).toEqual({});
});

test('with metadata, attributes and the rest are headers, unless they would break the request', () => {
  const attributes = {
    'Content-Type': 'application/json',
    type: 'a',
    authorization: 'Bearer mine',
    'transfer-encoding': 'chunked',
    'not a token': 'x',
    split: 'a\r\nb: c',
  };
  const message = pubsubMessage({ data: '{}', attributes, orderingKey: 'k' });
  const config = { noWrapper: { writeMetadata: true } };
  expect(pushRequest(config, message, { subscription, deliveryAttempt: 2 }).headers).toEqual({
    'content-type': 'application/json',
    type: 'a',
    'x-goog-pubsub-subscription-name': subscription,
    'x-goog-pubsub-message-id': '42',
    'x-goog-pubsub-publish-time': '2026-11-20T10:30:00.123Z',
    'x-goog-pubsub-delivery-attempt': '2',
    'x-goog-pubsub-ordering-key': 'k',
  });
});
