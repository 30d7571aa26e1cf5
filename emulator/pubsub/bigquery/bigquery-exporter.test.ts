import { expect, test } from 'vitest';
import type { BigQueryState, PubsubMessage } from '../protocol/resources.ts';
import type { Subscription } from '../subscription.ts';
import { createHarness, type Harness, PROJECT, SUBSCRIPTION } from '../testing/harness.ts';
import { BigQueryExporter } from './bigquery-exporter.ts';
import type { WriteResult } from './table-writer.ts';

interface Write {
  readonly data: readonly string[];
  answer(errors?: readonly (string | undefined)[], state?: BigQueryState): Promise<void>;
}

/** A BigQuery subscription whose table is the test: it sees each batch, and answers it when it likes. */
async function createWritten(resource: object = {}): Promise<{ harness: Harness; writes: Write[] }> {
  const writes: Write[] = [];
  const write = (messages: readonly PubsubMessage[]): Promise<WriteResult> =>
    new Promise((resolve) => {
      writes.push({
        data: messages.map(({ data }) => data.toString()),
        answer: async (errors = messages.map(() => undefined), state = 'ACTIVE') => {
          resolve({ errors, state });
          await new Promise((next) => setImmediate(next));
          harness.clock.settle();
        },
      });
    });
  const createExporter = (subscription: Subscription): BigQueryExporter | undefined =>
    subscription.name === SUBSCRIPTION
      ? new BigQueryExporter({ clock: harness.clock, subscription, writer: { write }, backoffScale: 1 })
      : undefined;
  const harness: Harness = createHarness({ createExporter });
  await harness.topic();
  await harness.subscription({ bigqueryConfig: { table: 'p.acme.events' }, ...resource });
  return { harness, writes };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

test('the first message is written at once, what follows shortly is written together', async () => {
  const { harness, writes } = await createWritten();
  await harness.publish('one');
  harness.clock.settle();
  await harness.publish('two');
  await harness.publish('three');
  harness.clock.settle();
  expect(writes.map(({ data }) => data)).toEqual([['one']]);
  harness.clock.advance(50);
  expect(writes.map(({ data }) => data)).toEqual([['one'], ['two', 'three']]);
});

test('a backlog is written in batches of 500, two at a time', async () => {
  const { harness, writes } = await createWritten();
  await harness.publish(...numbers(1000));
  await harness.publish(...numbers(700));
  harness.clock.settle();
  expect(writes.map(({ data }) => data.length)).toEqual([500, 500]);
  await writes[0]?.answer();
  await writes[1]?.answer();
  expect(writes.map(({ data }) => data.length)).toEqual([500, 500, 500, 200]);
});

test('a refused message becomes a dead letter with the reason; the others are written once', async () => {
  const deadLetterTopic = `${PROJECT}/topics/dead-letter`;
  const { harness, writes } = await createWritten();
  await harness.topic({ name: deadLetterTopic });
  const inspect = `${PROJECT}/subscriptions/inspect`;
  await harness.subscription({ name: inspect, topic: deadLetterTopic });
  await harness.call('UpdateSubscription', {
    subscription: { name: SUBSCRIPTION, deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } },
    updateMask: { paths: ['dead_letter_policy'] },
  });
  await harness.publish('good', 'bad');
  harness.clock.settle();
  await writes[0]?.answer([undefined, 'no such field: x']);
  for (let attempt = 2; attempt <= 5; attempt++) {
    harness.clock.advance(60_000);
    expect(writes.at(-1)?.data).toEqual(['bad']);
    await writes.at(-1)?.answer(['no such field: x'], 'SCHEMA_MISMATCH');
  }
  harness.clock.advance(600_000);
  expect(writes).toHaveLength(5);
  expect(await harness.pull(10, inspect)).toMatchObject([
    {
      data: 'bad',
      attributes: {
        CloudPubSubDeadLetterSourceDeliveryErrorMessage: 'no such field: x',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
      },
    },
  ]);
});

test('the subscription shows the state of its table', async () => {
  const { harness, writes } = await createWritten();
  const shown = (): Promise<object> => harness.call('GetSubscription', { subscription: SUBSCRIPTION });
  expect(await shown()).toMatchObject({ state: 'ACTIVE', bigqueryConfig: { state: 'ACTIVE' } });
  await harness.publish('one');
  harness.clock.settle();
  await writes[0]?.answer(['not found'], 'NOT_FOUND');
  expect(await shown()).toMatchObject({ state: 'RESOURCE_ERROR', bigqueryConfig: { state: 'NOT_FOUND' } });
  harness.clock.advance(60_000);
  await writes[1]?.answer();
  expect(await shown()).toMatchObject({ state: 'ACTIVE', bigqueryConfig: { state: 'ACTIVE' } });
});
