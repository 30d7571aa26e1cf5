import { expect, test } from 'vitest';
import type { PubsubMessage } from '../protocol/resources.ts';
import type { Subscription } from '../subscription.ts';
import { createHarness, type Harness, SUBSCRIPTION } from '../testing/harness.ts';
import type { PushContext } from './push-request.ts';
import type { PushResult } from './push-endpoint.ts';
import { PushExporter } from './push-exporter.ts';

interface Push {
  readonly data: string;
  readonly context: PushContext;
  answer(result: 'ack' | 'nack'): Promise<void>;
}

/** A push subscription whose endpoint is the test: it sees each push, and answers it when it likes. */
async function createPushed(resource: object = {}): Promise<{ harness: Harness; pushes: Push[] }> {
  const pushes: Push[] = [];
  const deliver = (message: PubsubMessage, context: PushContext): Promise<PushResult> =>
    new Promise((resolve) => {
      pushes.push({
        data: message.data.toString(),
        context,
        answer: async (result) => {
          resolve(result === 'ack' ? { acknowledged: true } : { acknowledged: false, reason: 'the test says so' });
          await new Promise((next) => setImmediate(next));
          harness.clock.settle();
        },
      });
    });
  const createExporter = (subscription: Subscription): PushExporter =>
    new PushExporter({
      clock: harness.clock,
      subscription,
      endpoint: { deliver, close: () => undefined },
      backoffScale: 1,
      maxConcurrency: 8,
    });
  const harness: Harness = createHarness({ createExporter });
  await harness.topic();
  await harness.subscription({ pushConfig: { pushEndpoint: 'https://decide.example.com' }, ...resource });
  return { harness, pushes };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

test('slow start: one push at first, more as they are acknowledged', async () => {
  const { harness, pushes } = await createPushed();
  await harness.publish(...numbers(20));
  harness.clock.settle();
  expect(pushes).toHaveLength(1);
  await pushes[0]?.answer('ack');
  expect(pushes).toHaveLength(3);
  await pushes[1]?.answer('ack');
  await pushes[2]?.answer('ack');
  expect(pushes).toHaveLength(7);
});

test('what is acknowledged is done with; what is not is pushed again after its back-off', async () => {
  const { harness, pushes } = await createPushed({ retryPolicy: { minimumBackoff: { seconds: 10 } } });
  await harness.publish('one');
  harness.clock.settle();
  await pushes[0]?.answer('nack');
  harness.clock.advance(9_999);
  expect(pushes).toHaveLength(1);
  harness.clock.advance(1);
  expect(pushes).toHaveLength(2);
  await pushes[1]?.answer('ack');
  harness.clock.advance(3_600_000);
  expect(pushes).toHaveLength(2);
});

test('without a retry policy too, a failing message does not hammer its endpoint', async () => {
  const { harness, pushes } = await createPushed();
  await harness.publish('one');
  harness.clock.settle();
  await pushes[0]?.answer('nack');
  expect(pushes).toHaveLength(1);
  harness.clock.advance(100);
  expect(pushes).toHaveLength(2);
  await pushes[1]?.answer('nack');
  harness.clock.advance(199);
  expect(pushes).toHaveLength(2);
});

test('the ack deadline of a push is that of its request: a lease of the server does not run out before it', async () => {
  const { harness, pushes } = await createPushed({ ackDeadlineSeconds: 10 });
  await harness.publish('one');
  harness.clock.settle();
  harness.clock.advance(60_000);
  expect(pushes).toHaveLength(1);
});

test('the attempt is told where there is a dead-letter policy', async () => {
  const { harness, pushes } = await createPushed();
  await harness.publish('one');
  harness.clock.settle();
  expect(pushes[0]?.context).toEqual({ subscription: SUBSCRIPTION, deliveryAttempt: 0 });
  const deadLetterTopic = 'projects/acme-project/topics/events';
  await harness.call('UpdateSubscription', {
    subscription: { name: SUBSCRIPTION, deadLetterPolicy: { deadLetterTopic } },
    updateMask: { paths: ['dead_letter_policy'] },
  });
  await pushes[0]?.answer('nack');
  harness.clock.advance(1000);
  expect(pushes[1]?.context.deliveryAttempt).toBe(2);
});

test('in order: one push of a key at a time', async () => {
  const { harness, pushes } = await createPushed({ enableMessageOrdering: true });
  await harness.publish('warm up', 'warm up', 'warm up');
  harness.clock.settle();
  for (let index = 0; index < 3; index++) await pushes[index]?.answer('ack');
  await harness.publish(...numbers(3).map((data) => ({ data, orderingKey: 'k' })), { data: 'a', orderingKey: 'l' });
  harness.clock.settle();
  expect(pushes.slice(3).map(({ data }) => data)).toEqual(['message 0', 'a']);
  await pushes[3]?.answer('nack');
  harness.clock.advance(100);
  expect(pushes[5]?.data).toBe('message 0');
  await pushes[5]?.answer('ack');
  expect(pushes[6]?.data).toBe('message 1');
});

test('a push subscription cannot be pulled', async () => {
  const { harness } = await createPushed();
  await expect(harness.pull()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
});
