import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '#test/stack/api.ts';
import { makeBundle } from '#test/stack/bundle.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';

/** The functions as they are deployed: one file, without what is not needed of Google's clients. */
let bundle: Awaited<ReturnType<typeof makeBundle>>;
let stack: TestStack;

beforeAll(async () => {
  bundle = await makeBundle();
  stack = await startStack({ HEADGATE_BUNDLE: bundle.directory });
});
afterAll(async () => {
  await stack.stop();
  await bundle[Symbol.asyncDispose]();
});

test('an event reaches its profile', async () => {
  const acme = apiOf(stack, 'acme');
  expect((await acme.post('/v1/events', anEvent({ subject: 'cus_bundled' }))).status).toBe(202);
  await eventually(
    () => acme.get('/v1/subjects/cus_bundled'),
    ({ status }) => status === 200,
    5_000,
  );
});

test('a key is remembered, so that the same request is answered the same', async () => {
  const event = anEvent();
  const post = () => apiOf(stack, 'acme').post('/v1/events', event, { 'idempotency-key': 'bundled' });
  const first = await post();
  const second = await post();
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
});

test.each(['/docs', '/docs/init.js', '/docs/swagger-ui-bundle.js', '/openapi.json', '/readyz'])(
  'what is read from beside the program is there: %s',
  async (path) => {
    const answer = await fetch(`${stack.api}${path}`);
    await answer.body?.cancel();
    expect(answer.status).toBe(200);
  },
);

test('functions-framework serves it as well', async () => {
  const instance = await startFunctionsInstance(stack, 'functions-framework', {}, bundle.directory);
  try {
    const answer = await apiOf({ ...stack, api: instance.url }, 'acme').post('/v1/events', anEvent());
    expect(answer.status).toBe(202);
  } finally {
    await instance.end();
  }
});

test('what Node has compiled of it lies beside it', async () => {
  const [version = ''] = await readdir(join(bundle.directory, 'compiled'));
  expect(await readdir(join(bundle.directory, 'compiled', version))).not.toEqual([]);
});
