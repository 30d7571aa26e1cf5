import { expect, test } from 'vitest';
import type { ReceivedMessage } from '../protocol/received-messages.ts';
import type { StatusError } from '../protocol/status.ts';
import { createHarness, type Harness, SUBSCRIPTION } from '../testing/harness.ts';
import { StreamingPull, type StreamingPullRequest, type StreamingPullResponse } from './streaming-pull.ts';

interface OpenStream {
  readonly stream: StreamingPull;
  readonly received: ReceivedMessage[];
  /** All but messages and keep-alives. */
  readonly responses: StreamingPullResponse[];
  readonly errors: StatusError[];
  keepAlives: number;
  /** Whether the other side keeps up. */
  isWritable: boolean;
}

function openStream(harness: Harness, first: StreamingPullRequest = {}): OpenStream {
  const received: ReceivedMessage[] = [];
  const errors: StatusError[] = [];
  const responses: StreamingPullResponse[] = [];
  const call = {
    send: (messages: readonly ReceivedMessage[]) => {
      received.push(...messages);
      return open.isWritable;
    },
    respond: (response: StreamingPullResponse) => {
      if (Object.keys(response).length === 0) open.keepAlives++;
      else responses.push(response);
    },
    fail: (error: StatusError) => void errors.push(error),
  };
  const subscription = harness.pubsub.subscription(SUBSCRIPTION);
  const request = { subscription: SUBSCRIPTION, streamAckDeadlineSeconds: 10, ...first };
  const stream = new StreamingPull(harness.clock, subscription, request, call);
  const open: OpenStream = { stream, received, responses, errors, keepAlives: 0, isWritable: true };
  harness.clock.settle();
  return open;
}

const ackIdsOf = (received: readonly ReceivedMessage[]): string[] => received.map(({ ackId }) => ackId);

async function createStreamed(...messages: string[]): Promise<Harness> {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ ackDeadlineSeconds: 600 });
  if (messages.length > 0) await harness.publish(...messages);
  return harness;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

test('it delivers what is there, and then what is published', async () => {
  const harness = await createStreamed('one');
  const { received } = openStream(harness);
  expect(received).toHaveLength(1);
  await harness.publish('two', 'three');
  harness.clock.settle();
  expect(received).toHaveLength(3);
});

test('no more messages are outstanding than max_outstanding_messages', async () => {
  const harness = await createStreamed(...numbers(10));
  const { stream, received } = openStream(harness, { maxOutstandingMessages: 3 });
  expect(received).toHaveLength(3);
  stream.onRequest({ ackIds: ackIdsOf(received).slice(0, 2) });
  harness.clock.settle();
  expect(received).toHaveLength(5);
  // A nack makes room as well.
  stream.onRequest({ modifyDeadlineAckIds: [received[4]!.ackId], modifyDeadlineSeconds: [0] });
  harness.clock.settle();
  expect(received).toHaveLength(6);
});

test('no more bytes are outstanding than max_outstanding_bytes, but for the message that passes it', async () => {
  const harness = await createStreamed(...Array.from({ length: 10 }, () => 'x'.repeat(1000)));
  const { stream, received } = openStream(harness, { maxOutstandingBytes: 2500 });
  expect(received).toHaveLength(3);
  stream.onRequest({ ackIds: ackIdsOf(received).slice(0, 1) });
  harness.clock.settle();
  expect(received).toHaveLength(4);
});

test('a client that does not read is sent nothing more until it does', async () => {
  const harness = await createStreamed('one');
  const open = openStream(harness);
  open.isWritable = false;
  await harness.publish('two');
  harness.clock.settle();
  await harness.publish('three');
  harness.clock.settle();
  expect(open.received).toHaveLength(2);
  open.stream.onDrained();
  harness.clock.settle();
  expect(open.received).toHaveLength(3);
});

test('streams share the messages', async () => {
  const harness = await createStreamed();
  const streams = [openStream(harness), openStream(harness), openStream(harness)];
  await harness.publish(...numbers(1000));
  harness.clock.settle();
  const counts = streams.map(({ received }) => received.length);
  expect(counts.reduce((sum, count) => sum + count)).toBe(1000);
  expect(Math.min(...counts)).toBeGreaterThan(200);
});

test("the stream's ack deadline counts, not the subscription's, and can be changed", async () => {
  const harness = await createStreamed('one');
  const { stream, received } = openStream(harness, { streamAckDeadlineSeconds: 20 });
  harness.clock.advance(20_000);
  expect(received).toHaveLength(2);
  stream.onRequest({ streamAckDeadlineSeconds: 30 });
  harness.clock.advance(20_000);
  expect(received).toHaveLength(3);
  harness.clock.advance(29_999);
  expect(received).toHaveLength(3);
  harness.clock.advance(1);
  expect(received).toHaveLength(4);
});

test('what a closed stream holds is delivered to another when its deadline has passed', async () => {
  const harness = await createStreamed('one');
  openStream(harness).stream.close();
  const { received } = openStream(harness);
  harness.clock.advance(9_999);
  expect(received).toHaveLength(0);
  harness.clock.advance(1);
  expect(received).toHaveLength(1);
});

test('clients that ask for it are told that the stream is alive', async () => {
  const harness = await createStreamed();
  const silent = openStream(harness);
  const asking = openStream(harness, { protocolVersion: 1 });
  harness.clock.advance(90_000);
  expect([silent.keepAlives, asking.keepAlives]).toEqual([0, 3]);
  asking.stream.close();
  harness.clock.advance(90_000);
  expect(asking.keepAlives).toBe(3);
});

test('a stream ends with its subscription', async () => {
  const harness = await createStreamed();
  const { errors } = openStream(harness);
  await harness.call('DeleteSubscription', { subscription: SUBSCRIPTION });
  expect(errors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test.each<[StreamingPullRequest, string]>([
  [{ streamAckDeadlineSeconds: 9 }, 'stream_ack_deadline_seconds'],
  [{ streamAckDeadlineSeconds: 601 }, 'stream_ack_deadline_seconds'],
  [{ ackIds: ['nonsense'] }, 'invalid ack ID'],
  [{ modifyDeadlineAckIds: ['1-0-1'] }, 'the same length'],
])('a first request with %o is refused', async (request, message) => {
  const harness = await createStreamed();
  expect(() => openStream(harness, request)).toThrow(message);
});

test.each<[StreamingPullRequest, string]>([
  [{ subscription: SUBSCRIPTION }, 'Only the first request'],
  [{ maxOutstandingMessages: 5 }, 'Only the first request'],
  [{ maxOutstandingBytes: 5 }, 'Only the first request'],
  [{ streamAckDeadlineSeconds: 5 }, 'stream_ack_deadline_seconds'],
  [{ modifyDeadlineAckIds: ['1-0-1'], modifyDeadlineSeconds: [-1] }, 'modify_deadline_seconds'],
])('a further request with %o is refused', async (request, message) => {
  const harness = await createStreamed();
  const { stream } = openStream(harness);
  expect(() => stream.onRequest(request)).toThrow(message);
});

test('in order: a key stays with one stream while it has messages outstanding', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ enableMessageOrdering: true });
  const flowControl = { maxOutstandingMessages: 2 };
  const streams = [openStream(harness, flowControl), openStream(harness, flowControl)];
  await harness.publish(...numbers(6).map((data) => ({ data, orderingKey: 'k' })));
  harness.clock.settle();
  const [first] = streams.filter(({ received }) => received.length > 0);
  expect(streams.filter(({ received }) => received.length > 0)).toHaveLength(1);
  const idsOf = ({ received }: OpenStream): number[] => received.map(({ message }) => message.id);
  const delivered = idsOf(first!);
  expect(delivered).toHaveLength(2);
  first!.stream.onRequest({ ackIds: ackIdsOf(first!.received) });
  harness.clock.settle();
  const following = streams.flatMap(idsOf).filter((id) => !delivered.includes(id));
  expect(following).toEqual([delivered[1]! + 1, delivered[1]! + 2]);
});

test('with exactly-once delivery it confirms what it did, and says what it could not do', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ enableExactlyOnceDelivery: true });
  await harness.publish('one', 'two');
  const { stream, received, responses } = openStream(harness);
  const [one, two] = ackIdsOf(received);
  stream.onRequest({ modifyDeadlineAckIds: [one!, two!, 'nonsense'], modifyDeadlineSeconds: [60, 0, 60] });
  stream.onRequest({ ackIds: [one!, two!] });
  expect(responses).toEqual([
    { subscriptionProperties: { exactlyOnceDeliveryEnabled: true, messageOrderingEnabled: false } },
    { modifyAckDeadlineConfirmation: { ackIds: [one, two], invalidAckIds: ['nonsense'] } },
    { acknowledgeConfirmation: { ackIds: [one], invalidAckIds: [two], unorderedAckIds: [] } },
  ]);
});

test('without it nothing is confirmed, and a stream is told when that changes', async () => {
  const harness = await createStreamed('one');
  const { stream, received, responses } = openStream(harness);
  stream.onRequest({ ackIds: ackIdsOf(received) });
  await harness.call('UpdateSubscription', {
    subscription: { name: SUBSCRIPTION, enableExactlyOnceDelivery: true },
    updateMask: { paths: ['enable_exactly_once_delivery'] },
  });
  await harness.publish('two');
  harness.clock.settle();
  expect(responses.map(({ subscriptionProperties }) => subscriptionProperties?.exactlyOnceDeliveryEnabled)).toEqual([
    false,
    true,
  ]);
});
