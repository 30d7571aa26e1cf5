import { expect, test } from 'vitest';
import { deadLetterOf, reducedDeadLetterOf } from './dead-letter.ts';

const delivered = {
  reason: 'poison',
  sourceSubscription: 'projects/p/subscriptions/acme.events.decide',
  deliveryAttempt: 3,
};
const unpublished = { reason: 'refused', sourceTopic: 'acme.events' };
const message = {
  data: Buffer.from('{}'),
  attributes: { event_id: 'evt_1', correlation_id: 'c' },
  orderingKey: 'cus_1',
};

test.each([
  ['delivered', delivered, { source_subscription: delivered.sourceSubscription, delivery_attempt: '3' }],
  ['never published', unpublished, { source_topic: 'acme.events' }],
])('a message %s is kept whole, with why and where it was given up', (_name, givenUp, where) => {
  expect(deadLetterOf(message, givenUp)).toEqual({
    ...message,
    attributes: { ...message.attributes, reason: givenUp.reason, ...where },
  });
});

test.each([undefined, ''])('no ordering key (%j) stays none', (orderingKey) => {
  expect(deadLetterOf({ ...message, orderingKey }, unpublished)).not.toHaveProperty('orderingKey');
});

test('reduced, it says who it was and how it began, within what Pub/Sub takes', () => {
  const data = Buffer.from(`"x${'語'.repeat(50_000)}"`);
  const attributes = { event_id: 'é'.repeat(1_000), other: 'x'.repeat(5_000), tenant_id: 'acme' };
  const reduced = reducedDeadLetterOf(
    { data, attributes, orderingKey: 'x'.repeat(2_000) },
    { ...unpublished, reason: 'r'.repeat(2_000) },
  );
  expect(reduced).not.toHaveProperty('orderingKey');
  expect(reduced.attributes).toEqual({
    event_id: 'é'.repeat(512),
    tenant_id: 'acme',
    reduced: 'true',
    reason: 'r'.repeat(1_024),
    source_topic: 'acme.events',
  });
  expect(reduced.data.length).toBeLessThanOrEqual(64_000);
  expect(reduced.data.toString()).toBe(`"x${'語'.repeat(Math.floor(63_998 / 3))}`);
});
