import { afterAll, expect, test } from 'vitest';
import { HeldBytes } from '../backlog/held-bytes.ts';
import type { Message } from '../backlog/message.ts';
import { createHarness, type Harness, type Received, SUBSCRIPTION } from '../testing/harness.ts';
import { createTransform } from './transform-messages.ts';
import { TransformWorker } from './transform-worker.ts';
import type { Transform, Transformed } from './transform.ts';

const worker = new TransformWorker();
afterAll(() => worker.close());

/** A transform that the test answers when it likes. */
function createControlled(): {
  transform: Transform;
  answer: (make: (message: Message) => Transformed) => Promise<void>;
} {
  const asked: ((make: (message: Message) => Transformed) => void)[] = [];
  return {
    transform: {
      apply: (messages) => new Promise((resolve) => asked.push((make) => resolve(messages.map(make)))),
      close: () => undefined,
    },
    async answer(make) {
      asked.shift()?.(make);
      await new Promise((next) => setImmediate(next));
    },
  };
}

const unchanged = (message: Message): Transformed => ({ message });

async function pullTransformed(harness: Harness, answer: () => Promise<void>): Promise<Received[]> {
  const pulling = harness.pull();
  await answer();
  harness.clock.advance(10);
  return pulling;
}

test('a subscription delivers what its transforms make of messages', async () => {
  const code = `function f(message) {
    if (message.data === 'drop') return null;
    if (message.data === 'bad') throw new Error('bad');
    return { data: message.data.toUpperCase(), attributes: { done: 'yes' } };
  }`;
  const held = new HeldBytes(Number.POSITIVE_INFINITY);
  const transform = await createTransform([{ javascriptUdf: { functionName: 'f', code } }], worker, held);
  let finished: () => void;
  const once = new Promise<void>((resolve) => (finished = resolve));
  const harness = createHarness({
    transform: {
      apply: async (messages) => {
        const results = await transform!.apply(messages);
        setImmediate(finished);
        return results;
      },
      close: () => transform!.close(),
    },
  });
  await harness.topic();
  await harness.subscription();
  const [id] = await harness.publish('one', 'drop', 'bad');
  const received = await pullTransformed(harness, () => once);
  expect(received).toMatchObject([{ data: 'ONE', attributes: { done: 'yes' }, messageId: id }]);
  await harness.nack(received);
  const again = await harness.pull();
  expect(again).toMatchObject([{ data: 'ONE' }]);
  await harness.acknowledge(again);
  // The memory of what a transform has made is free when it is acknowledged.
  expect(held.bytes).toBe(0);
});

test('where all transforms are disabled there is none', async () => {
  const held = new HeldBytes(0);
  expect(await createTransform(undefined, worker, held)).toBeUndefined();
  expect(await createTransform([{ disabled: true, javascriptUdf: {} }], worker, held)).toBeUndefined();
});

test('a message is not leased while it is transformed, and its consumer is asked to wait', async () => {
  const { transform, answer } = createControlled();
  const harness = createHarness({ transform });
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  const pulling = harness.pull();
  harness.clock.advance(60_000);
  await answer(unchanged);
  expect((await pulling).map(({ data }) => data)).toEqual(['one']);
  harness.clock.advance(9_999);
  expect(await harness.pull()).toEqual([]);
  harness.clock.advance(1);
  expect(await harness.pullData()).toEqual(['one']);
});

test('a failing transform is a failed delivery, tried again after a back-off', async () => {
  const { transform, answer } = createControlled();
  const harness = createHarness({ transform });
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  expect(await pullTransformed(harness, () => answer(() => ({ error: 'no' })))).toEqual([]);
  expect(await harness.pull()).toEqual([]);
  harness.clock.advance(100);
  expect(await pullTransformed(harness, () => answer(unchanged))).toMatchObject([{ data: 'one' }]);
});

test('a message that was sought away meanwhile is not delivered', async () => {
  const { transform, answer } = createControlled();
  const harness = createHarness({ transform });
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  const pulling = harness.pull();
  const time = { seconds: harness.clock.now() / 1000 + 1 };
  await harness.call('Seek', { subscription: SUBSCRIPTION, time });
  await answer(unchanged);
  harness.clock.advance(10);
  expect(await pulling).toEqual([]);
});

test('a message whose consumer has gone meanwhile is there for the next, and has not failed', async () => {
  const { transform, answer } = createControlled();
  const harness = createHarness({ transform });
  await harness.topic();
  await harness.subscription({ deadLetterPolicy: { deadLetterTopic: 'projects/acme-project/topics/events' } });
  await harness.publish('one');
  let cancel: (() => void) | undefined;
  const call = { onCancelled: (run: () => void) => void (cancel = run) };
  const cancelled = harness.call('Pull', { subscription: SUBSCRIPTION, maxMessages: 10 }, call);
  harness.clock.settle();
  cancel?.();
  await cancelled;
  await answer(unchanged);
  expect(await harness.pull()).toMatchObject([{ data: 'one', deliveryAttempt: 1 }]);
});
