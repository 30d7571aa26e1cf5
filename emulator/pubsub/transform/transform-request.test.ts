import { afterAll, expect, test } from 'vitest';
import type { MessageTransform } from '../protocol/resources.ts';
import { createHarness, type Harness, PROJECT, SUBSCRIPTION, TOPIC } from '../testing/harness.ts';
import { TransformWorker } from './transform-worker.ts';

const worker = new TransformWorker();
afterAll(() => worker.close());

const udf = (body: string, functionName = 'f'): MessageTransform => ({
  javascriptUdf: { functionName, code: `function ${functionName}(message, metadata) { ${body} }` },
});

const SHOUT = udf('message.data = message.data.toUpperCase(); return message;');
const MARK = udf('message.attributes.marked = "yes"; return message;', 'mark');
const JUDGE = udf(
  'if (message.data === "bad") throw new Error("no"); return message.data === "drop" ? null : message;',
);

async function withTransforms(...messageTransforms: MessageTransform[]): Promise<Harness> {
  const harness = createHarness({ topicTransforms: worker });
  await harness.topic({ messageTransforms });
  await harness.subscription();
  return harness;
}

const update = (harness: Harness, messageTransforms: readonly MessageTransform[]): Promise<object> =>
  harness.call('UpdateTopic', {
    topic: { name: TOPIC, messageTransforms },
    updateMask: { paths: ['message_transforms'] },
  });

test('a topic stores what its functions, one after the other, make of messages', async () => {
  const append = (name: string): MessageTransform => udf(`message.data += "${name}"; return message;`, name);
  const harness = await withTransforms(append('a'), { ...append('b'), disabled: true }, MARK, append('c'));
  const ids = await harness.publish({ data: 'é', attributes: { kept: 'old' }, orderingKey: 'k' }, 'two');
  expect(await harness.pull()).toMatchObject([
    { data: 'éac', attributes: { kept: 'old', marked: 'yes' }, orderingKey: 'k', messageId: ids[0] },
    { data: 'twoac', attributes: { marked: 'yes' }, messageId: ids[1] },
  ]);
});

test('a message that is filtered out gets an id of its own, and is not stored', async () => {
  const harness = await withTransforms(JUDGE);
  const ids = await harness.publish('drop', 'one', 'drop', 'two');
  expect(new Set(ids).size).toBe(4);
  expect(await harness.pull()).toMatchObject([
    { data: 'one', messageId: ids[1] },
    { data: 'two', messageId: ids[3] },
  ]);
  expect(await harness.publish('drop')).toHaveLength(1);
  expect(await harness.pull()).toEqual([]);
});

test('a message that a function fails on fails the request, and none is published', async () => {
  const harness = await withTransforms(JUDGE);
  await expect(harness.publish('one', 'bad')).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('f: Error: no') as string,
  });
  expect(await harness.pull()).toEqual([]);
  expect(harness.pubsub.held.bytes).toBe(0);
});

test.each([
  ['is empty', udf('return { data: "", attributes: {} };')],
  ['longer than 1024', udf('return { data: "x", attributes: { a: "y".repeat(1025) } };')],
  ['must not begin with "goog"', udf('return { data: "x", attributes: { google: "y" } };')],
  ['exceeds the limit: 10485760', udf('return { data: "x".repeat(10485760) };')],
])('a message that a function makes such that it %s is refused', async (error, transform) => {
  const harness = await withTransforms(transform);
  await expect(harness.publish('one')).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(error) as string,
  });
});

test.each([
  ['is no JavaScript', udf('return {')],
  ['does not define the function', { javascriptUdf: { functionName: 'g', code: 'function f() {}' } }],
])('code that %s is refused', async (_, transform) => {
  const refused = { code: 'INVALID_ARGUMENT' };
  const harness = createHarness({ topicTransforms: worker });
  await expect(harness.topic({ messageTransforms: [transform] })).rejects.toMatchObject(refused);
  await harness.topic({ messageTransforms: [SHOUT] });
  await expect(update(harness, [transform])).rejects.toMatchObject(refused);
  await harness.subscription();
  await harness.publish('one');
  expect(await harness.pullData()).toEqual(['ONE']);
});

test('an update is for what is published after it; one of another field leaves the functions', async () => {
  const harness = await withTransforms(SHOUT);
  await harness.publish('one');
  await update(harness, [MARK]);
  await harness.call('UpdateTopic', { topic: { name: TOPIC, labels: { a: 'b' } }, updateMask: { paths: ['labels'] } });
  await harness.publish('two');
  await update(harness, []);
  await harness.publish('three');
  expect(await harness.pull()).toMatchObject([
    { data: 'ONE', attributes: {} },
    { data: 'two', attributes: { marked: 'yes' } },
    { data: 'three', attributes: {} },
  ]);
});

test('filters see the attributes as the function leaves them', async () => {
  const harness = await withTransforms(MARK);
  await harness.subscription({ name: `${SUBSCRIPTION}.filtered`, filter: 'attributes.marked = "yes"' });
  await harness.publish('one');
  expect(await harness.pullData(10, `${SUBSCRIPTION}.filtered`)).toEqual(['one']);
});

test('a schema is for what the function leaves', async () => {
  const harness = createHarness({ topicTransforms: worker });
  const definition = '{"type": "record", "name": "Event", "fields": [{"name": "a", "type": "string"}]}';
  await harness.call('CreateSchema', { parent: PROJECT, schemaId: 'events', schema: { type: 'AVRO', definition } });
  await harness.topic({
    schemaSettings: { schema: `${PROJECT}/schemas/events`, encoding: 'JSON' },
    messageTransforms: [udf('message.data = JSON.parse(message.data).event; return message;')],
  });
  await harness.subscription();
  const event = '{"a":"x"}';
  await harness.publish(JSON.stringify({ event }));
  expect(await harness.pullData()).toEqual([event]);
  await expect(harness.publish(JSON.stringify({ event: '{}' }))).rejects.toMatchObject({
    message: 'Invalid data in message: Message failed schema validation.',
  });
});

test('functions are told the ordering key; there is no id and no time yet', async () => {
  const harness = await withTransforms(udf('message.data = JSON.stringify(metadata); return message;'));
  await harness.publish({ data: 'one', orderingKey: 'k' });
  expect(await harness.pullData()).toEqual(['{"ordering_key":"k"}']);
});

test('requests are published in the order in which they came', async () => {
  const harness = await withTransforms(SHOUT);
  await Promise.all(['a', 'b', 'c'].map((data) => harness.publish(data)));
  expect(await harness.pullData()).toEqual(['A', 'B', 'C']);
});

test('what waits for a function counts as held; a topic that is deleted meanwhile takes it no more', async () => {
  const harness = await withTransforms(SHOUT);
  const publishing = harness.publish('one');
  expect(harness.pubsub.held.bytes).toBeGreaterThan(0);
  await harness.call('DeleteTopic', { topic: TOPIC });
  await expect(publishing).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(harness.pubsub.held.bytes).toBe(0);
});

test('where all functions are disabled, messages are published as they come', async () => {
  const harness = await withTransforms({ ...SHOUT, disabled: true });
  expect(harness.pubsub.topic(TOPIC).transforms).toBeUndefined();
  await harness.publish('one');
  expect(await harness.pullData()).toEqual(['one']);
});
