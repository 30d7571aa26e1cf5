import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PubSubServer, startPubSub } from '../index.ts';

const PROJECT = 'projects/acme-project';

let server: PubSubServer;

beforeAll(async () => {
  server = await startPubSub();
  const subscription = { topic: `${PROJECT}/topics/shouting`, messageTransforms: [udf('mark', MARK)] };
  await call('PUT', 'topics/shouting', { messageTransforms: [udf('shout', SHOUT)] });
  await call('PUT', 'subscriptions/marking', subscription);
  await call('PUT', 'topics/plain', {});
});

afterAll(() => server.close());

const udf = (functionName: string, body: string): object => ({
  javascriptUdf: { functionName, code: `function ${functionName}(message, metadata) { ${body} }` },
});

const SHOUT = 'message.data = message.data.toUpperCase(); return message;';
const MARK = 'message.attributes["id"] = metadata["message_id"] ?? "none"; return message;';
const DROP = 'return null;';
const FAIL = 'throw new Error("no good");';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** @param path below the project */
async function call(method: string, path: string, body: object): Promise<{ status: number; json: unknown }> {
  const separator = path.startsWith(':') ? '' : '/';
  const response = await fetch(`http://${server.address}/v1/${PROJECT}${separator}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

const validate = (body: object) => call('POST', ':validateMessageTransform', body);
const tryOut = (body: object) => call('POST', ':testMessageTransforms', body);

const adHoc = (...messageTransforms: object[]): object => ({
  message: { data: base64('one') },
  messageTransforms: { messageTransforms },
});

const transformed = (text: string, attributes?: object): object => ({
  transformedMessage: { data: base64(text), ...(attributes && { attributes }) },
});

test.each<[string, object]>([
  ['a function', udf('shout', SHOUT)],
  ['a function that fails', udf('fail', FAIL)],
])('%s is valid', async (_, messageTransform) => {
  expect(await validate({ messageTransform })).toEqual({ status: 200, json: {} });
});

test.each<[string, object]>([
  ['message_transform is missing', {}],
  ['does not compile', { messageTransform: udf('f', 'return {') }],
  ['does not compile', { messageTransform: { ...udf('f', 'return {'), disabled: true } }],
  ['is not the name of a function', { messageTransform: udf('a b', SHOUT) }],
  ['ai_inference', { messageTransform: { aiInference: {} } }],
])('refused as invalid: %s', async (message, body) => {
  expect(await validate(body)).toMatchObject({
    status: 400,
    json: { error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) as unknown } },
  });
});

const failed = expect.stringContaining('no good') as unknown;

test.each<[string, object, object[]]>([
  [
    'each transform has its result',
    adHoc(udf('shout', SHOUT), udf('mark', MARK)),
    [transformed('ONE'), transformed('ONE', { id: 'none' })],
  ],
  [
    'a disabled transform has none',
    adHoc({ ...udf('drop', DROP), disabled: true }, udf('shout', SHOUT)),
    [transformed('ONE')],
  ],
  ['a dropped message goes no further', adHoc(udf('drop', DROP), udf('shout', SHOUT)), [{ filteredMessage: {} }]],
  [
    'a message that a function fails on goes no further',
    adHoc(udf('shout', SHOUT), udf('fail', FAIL), udf('mark', MARK)),
    [transformed('ONE'), { failedMessage: { error: { code: 3, message: failed } } }],
  ],
  [
    "a topic's transforms",
    { message: { data: base64('one') }, topic: `${PROJECT}/topics/shouting` },
    [transformed('ONE')],
  ],
  [
    "a subscription's transforms, which see the message's id",
    {
      message: { attributes: { a: 'b' }, messageId: '7', publishTime: '2026-11-20T10:30:00Z' },
      subscription: `${PROJECT}/subscriptions/marking`,
    },
    [{ transformedMessage: { attributes: { a: 'b', id: '7' } } }],
  ],
])('tried out: %s', async (_, body, transformedMessages) => {
  expect(await tryOut(body)).toEqual({ status: 200, json: { transformedMessages } });
});

test('a topic without transforms leaves the message as it is: there are no results', async () => {
  const body = { message: { data: base64('one') }, topic: `${PROJECT}/topics/plain` };
  expect(await tryOut(body)).toEqual({ status: 200, json: {} });
});

test.each<[string, number, object]>([
  ['message', 400, { topic: `${PROJECT}/topics/plain` }],
  ['Exactly one of', 400, { message: { data: base64('one') } }],
  ['Exactly one of', 400, { ...adHoc(udf('shout', SHOUT)), topic: `${PROJECT}/topics/plain` }],
  ['does not compile', 400, adHoc(udf('f', 'return {'))],
  ['there twice', 400, adHoc(udf('shout', SHOUT), udf('shout', SHOUT))],
  ['Resource not found', 404, { message: { data: base64('one') }, topic: `${PROJECT}/topics/missing` }],
])('not tried out: %s', async (message, status, body) => {
  expect(await tryOut(body)).toMatchObject({
    status,
    json: { error: { message: expect.stringContaining(message) as unknown } },
  });
});
