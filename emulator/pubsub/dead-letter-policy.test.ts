import { expect, test } from 'vitest';
import { HeldBytes } from './backlog/held-bytes.ts';
import type { Message } from './backlog/message.ts';
import { checkDeadLetterPolicy, deadLetter } from './dead-letter-policy.ts';
import { decodeMessage, encodePublisherFields } from './protocol/pubsub-message.ts';
import { createHarness, type Harness, PROJECT, pubsubMessage } from './testing/harness.ts';
import { withFields } from './transform/transform-messages.ts';

const DEAD_LETTERS = `${PROJECT}/topics/dead-letter`;
const INSPECT = `${PROJECT}/subscriptions/dead-letter.inspect`;

async function createFailing(): Promise<Harness> {
  const harness = createHarness();
  await harness.topic();
  await harness.call('CreateTopic', { name: DEAD_LETTERS });
  await harness.subscription({ deadLetterPolicy: { deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 5 } });
  await harness.subscription({ name: INSPECT, topic: DEAD_LETTERS });
  return harness;
}

test('a message that fails as often as the policy allows is forwarded, with where it comes from', async () => {
  const harness = await createFailing();
  await harness.publish({ data: 'bad', attributes: { type: 'a' }, orderingKey: 'k' }, 'good');
  for (const attempt of [1, 2, 3, 4, 5]) {
    const [bad] = await harness.pull(1);
    expect(bad).toMatchObject({ data: 'bad', deliveryAttempt: attempt });
    // Missing the deadline counts as a nack does.
    if (attempt === 3) harness.clock.advance(10_000);
    else await harness.nack([bad!]);
  }
  expect(await harness.pullData()).toEqual(['good']);
  expect(await harness.pull(100, INSPECT)).toMatchObject([
    {
      data: 'bad',
      orderingKey: 'k',
      attributes: {
        type: 'a',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: 'events.archive',
        CloudPubSubDeadLetterSourceSubscriptionProject: 'acme-project',
        CloudPubSubDeadLetterSourceTopicPublishTime: '2026-11-20T10:30:00.000+00:00',
      },
    },
  ]);
});

test('it is forwarded as it was published, and not as the subscription has transformed it', async () => {
  const held = new HeldBytes(Number.POSITIVE_INFINITY);
  const changed = encodePublisherFields({ data: Buffer.from('a row'), attributes: { type: 'b' }, orderingKey: '' });
  const transform = {
    apply: (messages: readonly Message[]) =>
      Promise.resolve(messages.map((message) => ({ message: withFields(message, changed, held) }))),
    close: () => undefined,
  };
  const harness = createHarness({ transform });
  await harness.topic();
  await harness.call('CreateTopic', { name: DEAD_LETTERS });
  await harness.subscription({ deadLetterPolicy: { deadLetterTopic: DEAD_LETTERS } });
  const letters = harness.pubsub.topic(DEAD_LETTERS).log.openCursor();
  await harness.publish({ data: 'an event', attributes: { type: 'a' } });
  for (let attempt = 1; attempt <= 5; attempt++) {
    const pulling = harness.pull();
    await new Promise((next) => setImmediate(next));
    harness.clock.advance(10);
    const received = await pulling;
    expect(received).toMatchObject([{ data: 'a row', attributes: { type: 'b' } }]);
    await harness.nack(received);
  }
  expect(decodeMessage(letters.peek()!)).toMatchObject({ data: Buffer.from('an event'), attributes: { type: 'a' } });
  expect(held.bytes).toBe(0);
});

test('without the dead-letter topic the message stays in its subscription', async () => {
  const harness = await createFailing();
  await harness.publish('bad');
  await harness.call('DeleteTopic', { topic: DEAD_LETTERS });
  for (let attempt = 1; attempt <= 7; attempt++) await harness.nack(await harness.pull());
  expect(await harness.pull()).toMatchObject([{ data: 'bad', deliveryAttempt: 8 }]);
});

test('a subscription whose dead-letter topic does not exist is refused', async () => {
  const harness = createHarness();
  await harness.topic();
  const created = harness.subscription({ deadLetterPolicy: { deadLetterTopic: DEAD_LETTERS } });
  await expect(created).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('without a policy no attempt is told', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  await harness.nack(await harness.pull());
  expect(await harness.pull()).not.toHaveProperty('[0].deliveryAttempt');
});

test.each([
  [{ deadLetterTopic: DEAD_LETTERS }, 5],
  [{ deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 100 }, 100],
])('%o means %i attempts', (policy, expected) => {
  expect(checkDeadLetterPolicy(policy).maxDeliveryAttempts).toBe(expected);
});

test.each([4, 101, -1])('%i attempts are refused', (maxDeliveryAttempts) => {
  const check = (): unknown => checkDeadLetterPolicy({ deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts });
  expect(check).toThrow('max_delivery_attempts');
});

test("a reason that is too long for an attribute is cut at a character's end", () => {
  const source = { project: 'p', subscriptionId: 's', deliveryAttempts: 5, errorMessage: 'ä'.repeat(600) };
  const { attributes } = deadLetter(pubsubMessage(), source);
  expect(attributes['CloudPubSubDeadLetterSourceDeliveryErrorMessage']).toBe('ä'.repeat(512));
  const odd = deadLetter(pubsubMessage(), { ...source, errorMessage: `x${'ä'.repeat(600)}` });
  expect(odd.attributes['CloudPubSubDeadLetterSourceDeliveryErrorMessage']).toBe(`x${'ä'.repeat(511)}`);
});
