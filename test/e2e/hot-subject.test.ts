import { randomUUID } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { CAN_FAIL } from '#test/stack/faults.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';

const EVENTS = 600;
const DEADLINE_MS = 45_000;

let stack: TestStack;
let second: FunctionsInstance;
let pubsub: PubSub;
let pushes: HttpServer;
/** Pushes by where they went and what was answered. */
const answers = new Map<string, number>();

beforeAll(async () => {
  stack = await startStack();
  second = await startFunctionsInstance(stack, 'node', { FUNCTIONS: 'decide' });
  const targets = [stack.api, second.url];
  let count = 0;
  // As Cloud Run does: whichever of the instances.
  pushes = await serveHttp(async (request) => {
    const index = count++ % targets.length;
    const answer = await fetch(`${targets[index]}/push`, {
      method: 'POST',
      headers: request.headers,
      body: await request.arrayBuffer(),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await answer.body?.cancel();
    const key = `${index}: ${answer.status}`;
    answers.set(key, (answers.get(key) ?? 0) + 1);
    return new Response(null, { status: answer.status });
  });
  pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  for (const name of ['acme.events.decide', 'acme.user-properties.decide']) {
    const subscription = pubsub.subscription(name);
    const [{ pushConfig }] = await subscription.getMetadata();
    await subscription.modifyPushConfig({ ...pushConfig, pushEndpoint: `${pushes.url}/push` });
  }
});
afterAll(async () => {
  await pubsub.close();
  await second.end();
  await stack.stop();
  await pushes.close();
});

// Google's emulator pushes without a token, and the relay that pushes in its place reads where to when the stack starts.
test.skipIf(!CAN_FAIL)(
  'two processes of decide on one subject: each event counts once, is decided about once, and no push fails',
  async () => {
    const acme = apiOf(stack, 'acme');
    const subject = `cus_${randomUUID()}`;
    await acme.post('/v1/user-properties', { subject, properties: { plan: 'premium' } });
    const payment = { id: 'pay_1', customer_id: subject, amount: 1900, currency: 'EUR' };
    const failed = Array.from({ length: EVENTS }, () =>
      anEvent({ type: 'payment.failed', subject, data: { payment: { ...payment, id: `pay_${randomUUID()}` } } }),
    );
    // Some come twice: the second copy most often meets the other process.
    const posted = [...failed, ...failed.slice(0, EVENTS / 6)];
    for (let start = 0; start < posted.length; start += 20) {
      expect((await acme.post('/v1/events', posted.slice(start, start + 20))).status).toBe(202);
    }
    const cancelled = { subscription: { id: 'sub_1', customer_id: subject, status: 'cancelled' } };
    const cancellations = Array.from({ length: 8 }, () =>
      anEvent({ type: 'subscription.cancelled', subject, data: cancelled }),
    );
    await acme.post('/v1/events', cancellations);

    await eventually(
      async () => [...answers],
      () => [...answers.values()].reduce((sum, n) => sum + n, 0) >= 1 + posted.length + cancellations.length,
      DEADLINE_MS,
    );
    const { body } = await acme.get(`/v1/subjects/${subject}`);
    expect([...answers.keys()].toSorted()).toEqual(['0: 204', '1: 204']);
    expect(body['counts']).toMatchObject({
      'payment.failed': { total: EVENTS },
      'subscription.cancelled': { total: cancellations.length },
    });
    expect(body['decisions']).toHaveLength(1);
    const decisions = await eventually(
      () => warehouseOf(stack)('SELECT decision_id FROM acme.decisions WHERE subject = @subject', { subject }),
      (rows) => rows.length >= 1,
      DEADLINE_MS,
    );
    expect(decisions).toHaveLength(1);
  },
);
