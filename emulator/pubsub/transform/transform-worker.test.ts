import { afterEach, expect, test } from 'vitest';
import { pubsubMessage } from '../testing/harness.ts';
import type { TransformResult } from './sandbox.ts';
import { TransformWorker } from './transform-worker.ts';

const limits = { timeMs: 250, memoryBytes: 8 * 1024 * 1024 };
const open: TransformWorker[] = [];
afterEach(() => open.splice(0).forEach((worker) => worker.close()));

function createWorker(): TransformWorker {
  const worker = new TransformWorker(limits);
  open.push(worker);
  return worker;
}

const udf = (code: string): object => ({ javascriptUdf: { functionName: 'f', code } });
const messages = (...data: string[]): ReturnType<typeof pubsubMessage>[] =>
  data.map((text) => pubsubMessage({ data: text, attributes: { a: '1' } }));
const textsOf = (results: readonly TransformResult[]): unknown[] =>
  results.map((result) => ('message' in result ? result.message.data.toString() : result));

/** One call of a built-in function that takes longer than anyone should wait for, and that the engine does not interrupt. */
const STUCK = 'for (;;) "x".repeat(1e6)';

test('messages come back in order, each with what became of it', async () => {
  const compiled = await createWorker().compile([
    udf(`function f(message) {
      if (message.data === 'drop') return null;
      if (message.data === 'bad') throw new Error('bad');
      return { data: message.data + '€' };
    }`),
  ]);
  const results = await compiled.apply(messages('one', 'drop', 'bad', 'two'));
  expect(textsOf(results)).toEqual(['one€', { filtered: true }, { error: 'f: Error: bad' }, 'two€']);
  expect(results[0]).toMatchObject({ message: { attributes: { a: '1' } } });
});

test('what does not compile is refused', async () => {
  const compiled = createWorker().compile([udf('function f( {')]);
  await expect(compiled).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('what never ends is given up; the others are handled, before it and after it', async () => {
  const worker = createWorker();
  const first = await worker.compile([
    udf(`function f(message) { if (message.data === 'stuck') ${STUCK}; return message }`),
  ]);
  const second = await worker.compile([udf('function f(message) { return { data: "second " + message.data } }')]);
  const [stuck, waiting] = await Promise.all([
    first.apply(messages('before', 'stuck', 'after')),
    second.apply(messages('waiting')),
  ]);
  expect(textsOf(stuck)).toEqual([
    'before',
    { error: expect.stringContaining('longer than 250 ms') as string },
    'after',
  ]);
  expect(textsOf(waiting)).toEqual(['second waiting']);
});

test('a program that never ends when it is compiled is refused', async () => {
  const worker = createWorker();
  await expect(worker.compile([udf(STUCK)])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  const compiled = await worker.compile([udf('function f(message) { return message }')]);
  expect(textsOf(await compiled.apply(messages('one')))).toEqual(['one']);
});

test('closing ends what is under way, and what comes later', async () => {
  const worker = createWorker();
  const compiled = await worker.compile([udf(`function f() { ${STUCK} }`)]);
  const underWay = compiled.apply(messages('one'));
  worker.close();
  expect(textsOf(await underWay)).toEqual([{ error: 'the server is shutting down' }]);
  expect(textsOf(await compiled.apply(messages('two')))).toEqual([{ error: 'the server is shutting down' }]);
});
