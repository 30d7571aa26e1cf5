import { expect, test } from 'vitest';
import { createHarness, type Harness, type Received, SUBSCRIPTION } from './testing/harness.ts';

const INVALID = 'PERMANENT_FAILURE_INVALID_ACK_ID';
const UNORDERED = 'TRANSIENT_FAILURE_UNORDERED_ACK_ID';

async function createExactlyOnce(resource: object = {}): Promise<Harness> {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ enableExactlyOnceDelivery: true, ...resource });
  return harness;
}

/** How a refusal tells which ack ids have failed. */
const refusal = (metadata: Record<string, string>): object => ({
  code: 'INVALID_ARGUMENT',
  details: [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'EXACTLY_ONCE_ACKID_FAILURE',
      domain: 'pubsub.googleapis.com',
      metadata,
    },
  ],
});

const modify = (harness: Harness, ackDeadlineSeconds: number, ...received: Received[]): Promise<object> => {
  const ackIds = received.map(({ ackId }) => ackId);
  return harness.call('ModifyAckDeadline', { subscription: SUBSCRIPTION, ackIds, ackDeadlineSeconds });
};

test.each<[string, (harness: Harness, one: Received) => unknown]>([
  ['has expired', (harness) => harness.clock.advance(10_000)],
  ['was nacked', (harness, one) => harness.nack([one])],
  ['was acknowledged', (harness, one) => harness.acknowledge([one])],
  ['was sought away', (harness) => harness.call('Seek', { subscription: SUBSCRIPTION, time: { seconds: 4e9 } })],
  ['was delivered again', async (harness, one) => [await harness.nack([one]), await harness.pull()]],
])('with exactly-once delivery an ack id whose message %s is refused', async (_, end) => {
  const harness = await createExactlyOnce();
  await harness.publish('one');
  const [one] = await harness.pull();
  await end(harness, one!);
  const expected = refusal({ [one!.ackId]: INVALID });
  await expect(harness.acknowledge([one!])).rejects.toMatchObject(expected);
  await expect(modify(harness, 0, one!)).rejects.toMatchObject(expected);
  await expect(modify(harness, 60, one!)).rejects.toMatchObject(expected);
});

test('one that is malformed, or of another subscription, is refused beside the others, which are done', async () => {
  const harness = await createExactlyOnce();
  const other = `${SUBSCRIPTION}.other`;
  await harness.subscription({ name: other });
  await harness.publish('one');
  const [one] = await harness.pull();
  const [foreign] = await harness.pull(1, other);
  const ackIds = ['nonsense', foreign!.ackId, one!.ackId, one!.ackId];
  await expect(harness.call('Acknowledge', { subscription: SUBSCRIPTION, ackIds })).rejects.toMatchObject(
    refusal({ nonsense: INVALID, [foreign!.ackId]: INVALID }),
  );
  harness.clock.advance(60_000);
  expect(await harness.pull()).toEqual([]);
});

test('a message comes again only when its deadline has passed, with another ack id', async () => {
  const harness = await createExactlyOnce();
  await harness.publish('one');
  const [first] = await harness.pull();
  await modify(harness, 30, first!);
  harness.clock.advance(29_999);
  expect(await harness.pull()).toEqual([]);
  harness.clock.advance(1);
  const [second] = await harness.pull();
  expect(second).toMatchObject({ messageId: first!.messageId });
  expect(second!.ackId).not.toBe(first!.ackId);
  await harness.acknowledge([second!]);
  harness.clock.advance(600_000);
  expect(await harness.pull()).toEqual([]);
});

test('the messages of a key are acknowledged in order: one out of order fails for now', async () => {
  const harness = await createExactlyOnce({ enableMessageOrdering: true });
  await harness.publish({ data: 'one', orderingKey: 'k' }, { data: 'two', orderingKey: 'k' }, 'without a key');
  const received = await harness.pull();
  const [one, two, free] = ['one', 'two', 'without a key'].map((text) => received.find(({ data }) => data === text)!);
  await harness.acknowledge([free!]);
  await expect(harness.acknowledge([two!])).rejects.toMatchObject(refusal({ [two!.ackId]: UNORDERED }));
  await harness.acknowledge([one!]);
  await harness.acknowledge([two!]);
  harness.clock.advance(60_000);
  expect(await harness.pull()).toEqual([]);
});

test('when an earlier message of its key fails, the ack ids of the later ones are over', async () => {
  const harness = await createExactlyOnce({ enableMessageOrdering: true });
  await harness.publish({ data: 'one', orderingKey: 'k' }, { data: 'two', orderingKey: 'k' });
  const [one, two] = await harness.pull();
  await harness.nack([one!]);
  await expect(harness.acknowledge([two!])).rejects.toMatchObject(refusal({ [two!.ackId]: INVALID }));
  expect(await harness.pullData()).toEqual(['one', 'two']);
});

test.each([
  ['push_config', { pushConfig: { pushEndpoint: 'https://decide.example.com' } }],
  ['bigquery_config', { bigqueryConfig: { table: 'p.d.t' } }],
])('it is not for subscriptions with %s', async (field, destination) => {
  const harness = createHarness();
  await harness.topic();
  const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining(field) as string };
  await expect(harness.subscription({ enableExactlyOnceDelivery: true, ...destination })).rejects.toMatchObject(
    refused,
  );
  await harness.subscription(destination);
  const update = harness.call('UpdateSubscription', {
    subscription: { name: SUBSCRIPTION, enableExactlyOnceDelivery: true },
    updateMask: { paths: ['enable_exactly_once_delivery'] },
  });
  await expect(update).rejects.toMatchObject(refused);
});
