import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStack } from '#emulator/cloud/stack-file.ts';
import { isAlive } from '#emulator/process/is-alive.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { STACK_ENTRY, startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';

let stacks: TestStack[];
beforeAll(async () => {
  stacks = await Promise.all([startStack(), startStack()]);
});
afterAll(() => Promise.all(stacks.map((stack) => stack.stop())));

const keyOf = (tenant: string): unknown => expect.stringMatching(new RegExp(`^hg_${tenant}_[\\w-]{43}$`));

test('as soon as there is a stack.json, every tenant in it can send', async () => {
  for (const stack of stacks) {
    const posts = Object.keys(stack.tenants).map((tenant) => apiOf(stack, tenant).post('/v1/events', anEvent()));
    expect((await Promise.all(posts)).map(({ status }) => status)).toEqual([202, 202]);
  }
});

test('stack.json says where everything is, and which key each tenant has, and so does what it prints', async () => {
  for (const stack of stacks) {
    const { project, api, pubsub, firestore, bigquery, tenants } = stack;
    expect({ project, api, pubsub, firestore, bigquery, tenants }).toEqual({
      project: expect.stringMatching(/^headgate-local/),
      api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pubsub: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      firestore: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      bigquery: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      tenants: {
        acme: { apiKey: keyOf('acme'), adminKey: keyOf('acme') },
        globex: { apiKey: keyOf('globex'), adminKey: keyOf('globex') },
      },
    });
    for (const shown of [api, pubsub, firestore, bigquery, tenants['acme']?.apiKey, tenants['globex']?.apiKey]) {
      await eventually(
        () => Promise.resolve(stack.output()),
        (output) => output.includes(shown ?? 'no key'),
        5_000,
      );
    }
  }
});

test('two stacks run side by side and share nothing', async () => {
  const [first, second] = stacks as [TestStack, TestStack];
  const event = anEvent();
  expect((await apiOf(first, 'acme').post('/v1/events', event)).status).toBe(202);
  const stranger = await apiOf({ ...second, tenants: first.tenants }, 'acme').post('/v1/events', anEvent());
  expect(stranger.status).toBe(401);
  const rowsIn = (stack: TestStack): Promise<unknown[]> =>
    warehouseOf(stack)('SELECT event_id FROM acme.events WHERE event_id = @id', { id: event['id'] });
  await eventually(
    () => rowsIn(first),
    (rows) => rows.length === 1,
    15_000,
  );
  expect(await rowsIn(second)).toEqual([]);
});

test('another that finds its port taken says so, and leaves the files of the one that runs', async () => {
  const [stack] = stacks as [TestStack, TestStack];
  const other = spawn(process.execPath, [STACK_ENTRY, '--port', new URL(stack.api).port], {
    env: { ...process.env, HEADGATE_DIR: stack.directory },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  other.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  expect(await once(other, 'close')).toEqual([1, null]);
  expect(errors).toContain(`port ${new URL(stack.api).port} is taken`);
  expect((await readStack(stack.directory)).api).toBe(stack.api);
});

test.each([
  ['SIGINT', 0],
  ['SIGTERM', 1],
] as const)('%s ends it and leaves no process', async (signal, index) => {
  const stack = stacks[index]!;
  const processes = stack.processes();
  expect(processes.length).toBeGreaterThanOrEqual(4);
  expect(await stack.stop(signal)).toBe(0);
  expect(processes.filter(isAlive)).toEqual([]);
});
