import { expect, test } from 'vitest';
import { pubsubMessage } from '../testing/harness.ts';
import { compileTransforms, type TransformResult } from './sandbox.ts';

const limits = { timeMs: 200, memoryBytes: 8 * 1024 * 1024 };

async function run(
  code: string,
  message = pubsubMessage({ data: 'in', attributes: { a: '1' } }),
): Promise<TransformResult> {
  const transformer = await compileTransforms([{ javascriptUdf: { functionName: 'f', code } }], limits);
  const result = transformer.apply(message);
  transformer.close();
  return result;
}

const f = (body: string): string => `function f(message, metadata) { ${body} }`;

test.each([
  ['what it returns is the message', f('return {data: message.data + "!", attributes: {b: "2"}}'), 'in!', { b: '2' }],
  ['without attributes the old ones stay', f('return {data: "x"}'), 'x', { a: '1' }],
  ['with none, none stay', f('return {data: "x", attributes: {}}'), 'x', {}],
  ['it may change its argument', f('message.data = "y"; return message'), 'y', { a: '1' }],
  [
    'it is told the metadata',
    f('return {data: JSON.stringify(metadata)}'),
    '{"message_id":"42","publish_time":"2026-11-20T10:30:00Z","ordering_key":"k"}',
    { a: '1' },
  ],
  ['text outside of ASCII passes', f('return {data: "ä€😀" + message.data.length}'), 'ä€😀2', { a: '1' }],
])('%s', async (_, code, data, attributes) => {
  const result = await run(code, pubsubMessage({ data: 'in', attributes: { a: '1' }, orderingKey: 'k' }));
  expect(result).toEqual({ message: { data: Buffer.from(data), attributes, orderingKey: 'k' } });
});

test.each([f('return null'), f('')])('a message is filtered out by %s', async (code) => {
  expect(await run(code)).toEqual({ filtered: true });
});

test.each([
  ['throws', f('throw new Error("no such plan")'), 'f: Error: no such plan'],
  ['throws text', f('throw "no"'), 'f: no'],
  ['returns text', f('return "x"'), 'must return null or an object'],
  ['returns no data', f('return {attributes: {}}'), 'must return null or an object'],
  ['has attributes that are no text', f('return {data: "", attributes: {a: 1}}'), 'the attribute "a" must be a string'],
  ['has attributes that are a list', f('return {data: "", attributes: []}'), '"attributes" must be an object'],
  ['never ends', f('for (;;);'), 'interrupted'],
  ['takes all memory', f('const all = []; for (;;) all.push(new Uint8Array(1e6))'), 'out of memory'],
  ['calls itself for ever', f('return f(message, metadata)'), 'stack'],
  ['reaches for the process', f('return {data: process.env.HOME}'), "'process' is not defined"],
  ['reaches for the network', f('return fetch("http://127.0.0.1")'), "'fetch' is not defined"],
  ['imports', f('return import("node:fs")'), 'must return null or an object'],
])('a function that %s is an error', async (_, code, error) => {
  expect(await run(code)).toEqual({ error: expect.stringContaining(error) as string });
});

test('after an error the next message is handled, by a function that remembers nothing', async () => {
  const code =
    'let calls = 0; function f(message) { calls++; if (message.data === "loop") for (;;); return {data: String(calls)} }';
  const transformer = await compileTransforms([{ javascriptUdf: { functionName: 'f', code } }], limits);
  const dataOf = (data: string): string | undefined => {
    const result = transformer.apply(pubsubMessage({ data }));
    return 'message' in result ? result.message.data.toString() : undefined;
  };
  expect([dataOf('a'), dataOf('a'), dataOf('loop'), dataOf('a')]).toEqual(['1', '2', undefined, '1']);
  transformer.close();
});

test('several are applied in order; disabled ones are not', async () => {
  const add = (functionName: string, disabled = false): object => ({
    disabled,
    javascriptUdf: { functionName, code: `const ${functionName} = m => ({data: m.data + "${functionName}"})` },
  });
  const transformer = await compileTransforms([add('a'), add('b', true), add('c')], limits);
  expect(transformer.apply(pubsubMessage({ data: '' }))).toMatchObject({ message: { data: Buffer.from('ac') } });
  transformer.close();
});

test.each([
  ['function f( {', 'SyntaxError'],
  ['function g() {}', "'f' is not defined"],
  ['const f = 1', 'not a function'],
  ['for (;;);', 'interrupted'],
])('%s is refused', async (code, error) => {
  await expect(run(code)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(error) as string,
  });
});
