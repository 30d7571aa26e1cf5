import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';

let stacks: TestStack[];
beforeAll(async () => {
  stacks = await Promise.all([startStack(), startStack()]);
});
afterAll(() => Promise.all(stacks.map((stack) => stack.stop())));

const keyOf = (tenant: string): unknown => expect.stringMatching(new RegExp(`^hg_${tenant}_[\\w-]{43}$`));

test('stack.json says where everything is, and which key each tenant has', () => {
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
      expect(stack.output()).toContain(shown);
    }
  }
});

test('two stacks run side by side and share nothing', async () => {
  const [first, second] = stacks as [TestStack, TestStack];
  expect((await apiOf(first, 'acme').post('/v1/events', anEvent())).status).toBe(202);
  const stranger = await apiOf({ ...second, tenants: first.tenants }, 'acme').post('/v1/events', anEvent());
  expect(stranger.status).toBe(401);
  expect(await warehouseOf(second)('SELECT event_id FROM acme.events')).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it within two seconds and leaves no process', async (signal) => {
  const stack = await startStack();
  const processes = stack.processes();
  expect(processes.length).toBeGreaterThanOrEqual(4);
  const { code, tookMs } = await stack.stop(signal);
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(2_000);
  expect(processes.filter(isAlive)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
