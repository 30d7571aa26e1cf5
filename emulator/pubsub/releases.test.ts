import { beforeEach, expect, test } from 'vitest';
import type { Lease } from './lease.ts';
import { createHarness, encodePublishRequest, type Harness, SUBSCRIPTION, TOPIC } from './testing/harness.ts';

const DELAY_MS = 5;

/** What happens, in order. */
let events: string[];
let harness: Harness;
let firstId: number;

beforeEach(async () => {
  events = [];
  const exporter = {
    ackDeadlineMs: 10_000,
    takesKeysInBatches: false,
    room: () => ({ messages: 100, bytes: 1_000_000 }),
    deliver: (leases: readonly Lease[]) => {
      for (const { message } of leases) events.push(`${message.id - firstId} delivered`);
    },
    onSettled: () => undefined,
    close: () => undefined,
  };
  harness = createHarness({ handOutDelayMs: DELAY_MS, createExporter: () => exporter });
  await harness.topic();
  await harness.subscription();
  firstId = harness.pubsub.topic(TOPIC).nextFilteredId() + 1;
});

/** Publishes one message. @returns what answers its publisher */
async function publishUnanswered(topic = TOPIC): Promise<() => void> {
  let answer: () => void = () => undefined;
  await harness.call('Publish', encodePublishRequest(topic, 'x'), { onAnswered: (run) => (answer = run) });
  const id = harness.pubsub.topic(topic).log.newestId - firstId;
  return () => {
    events.push(`${id} answered`);
    answer();
  };
}

test('a message is handed out so many milliseconds after its publisher was answered', async () => {
  const answer = await publishUnanswered();
  harness.clock.advance(60_000);
  answer();
  harness.clock.advance(DELAY_MS - 1);
  expect(events).toEqual(['0 answered']);
  harness.clock.advance(1);
  expect(events).toEqual(['0 answered', '0 delivered']);
});

test('other occasions to deliver do not hand it out earlier', async () => {
  const answer = await publishUnanswered();
  harness.pubsub.subscription(SUBSCRIPTION).onRoom();
  harness.clock.advance(1);
  answer();
  harness.pubsub.subscription(SUBSCRIPTION).onRoom();
  harness.clock.advance(1);
  expect(events).toEqual(['0 answered']);
});

test('publishers that were answered one after the other have their messages handed out in that order', async () => {
  for (let index = 0; index < 3; index++) {
    (await publishUnanswered())();
    harness.clock.advance(2);
  }
  harness.clock.advance(DELAY_MS);
  expect(events).toEqual(['0 answered', '1 answered', '2 answered', '0 delivered', '1 delivered', '2 delivered']);
});

test('a publisher that is not answered keeps back neither what was published before it nor other topics', async () => {
  const other = `${TOPIC}.other`;
  await harness.topic({ name: other });
  await harness.subscription({ name: `${SUBSCRIPTION}.other`, topic: other });
  (await publishUnanswered())();
  const answerLast = await publishUnanswered();
  (await publishUnanswered(other))();
  harness.clock.advance(DELAY_MS);
  expect(events).toEqual(['0 answered', '2 answered', '0 delivered', '2 delivered']);
  answerLast();
  harness.clock.advance(DELAY_MS);
  expect(events.slice(4)).toEqual(['1 answered', '1 delivered']);
});

test('a pull that answers at once waits for a message whose publisher was just answered', async () => {
  harness = createHarness({ handOutDelayMs: DELAY_MS });
  await harness.topic();
  await harness.subscription();
  await harness.call('Publish', encodePublishRequest(TOPIC, 'x'));
  const pulling = harness.pull();
  harness.clock.advance(DELAY_MS);
  expect(await pulling).toMatchObject([{ data: 'x' }]);
});

test('a dead letter, which nobody is to be told the id of, is handed out too', async () => {
  harness = createHarness({ handOutDelayMs: DELAY_MS });
  await harness.topic();
  const letters = `${TOPIC}.letters`;
  await harness.topic({ name: letters });
  await harness.subscription({ name: `${SUBSCRIPTION}.letters`, topic: letters });
  await harness.subscription({ deadLetterPolicy: { deadLetterTopic: letters, maxDeliveryAttempts: 5 } });
  await harness.publish('x');
  for (let attempt = 0; attempt < 5; attempt++) await harness.nack(await harness.pull());
  harness.clock.advance(DELAY_MS);
  expect(await harness.pullData(10, `${SUBSCRIPTION}.letters`)).toEqual(['x']);
});
