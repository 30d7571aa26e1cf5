import { expect, test } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import type { PubsubMessage } from '../protocol/resources.ts';
import type { PushResult } from '../push/push-endpoint.ts';
import { PushExporter } from '../push/push-exporter.ts';
import type { Subscription } from '../subscription.ts';
import { createHarness, type Harness, SUBSCRIPTION, TOPIC } from '../testing/harness.ts';
import { createRandom } from './random.ts';
import { Faults } from './faults.ts';
import { FaultRule } from './rule.ts';

/** What became of calls of an RPC, one after another: the code of the refusal, or `OK`. */
async function outcomes(faults: Faults, calls: number, method = 'Publish', names = [TOPIC]): Promise<string[]> {
  const codes: string[] = [];
  for (let call = 0; call < calls; call++) {
    codes.push(
      await faults.beforeRpc(method, names).then(
        () => 'OK',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
  }
  return codes;
}

const withRule = (rule: FaultRule, clock = new FakeClock()): Faults => {
  const faults = new Faults(clock);
  faults.set('rule', rule);
  return faults;
};

test.each<[FaultRule, string, string[], string]>([
  [{ target: '*', code: 'UNAVAILABLE' }, 'Publish', [TOPIC], 'UNAVAILABLE'],
  [{ target: '*', code: 'INTERNAL' }, 'ListSchemas', [], 'INTERNAL'],
  [{ target: TOPIC, code: 'UNAVAILABLE' }, 'Publish', [TOPIC], 'UNAVAILABLE'],
  [{ target: TOPIC, code: 'UNAVAILABLE' }, 'Publish', [`${TOPIC}2`], 'OK'],
  [{ target: TOPIC, code: 'UNAVAILABLE' }, 'Pull', [SUBSCRIPTION, TOPIC], 'UNAVAILABLE'],
  [{ target: SUBSCRIPTION, code: 'UNAVAILABLE' }, 'Publish', [TOPIC], 'OK'],
  [{ target: TOPIC, method: 'Publish', code: 'ABORTED' }, 'GetTopic', [TOPIC], 'OK'],
  [{ target: TOPIC, method: 'Publish', code: 'ABORTED' }, 'Publish', [TOPIC], 'ABORTED'],
  [{ target: TOPIC, outage: true }, 'Publish', [TOPIC], 'UNAVAILABLE'],
  [{ target: TOPIC, dropAcknowledgements: 1 }, 'Publish', [TOPIC], 'OK'],
])('%j makes of %s on %j: %s', async (rule, method, names, outcome) => {
  expect(await outcomes(withRule(rule), 1, method, names)).toEqual([outcome]);
});

test('a share of calls fails, the same ones for the same seed', async () => {
  const rule: FaultRule = { target: '*', code: 'UNAVAILABLE', probability: 0.2, seed: 7 };
  const first = await outcomes(withRule(rule), 1000);
  expect(first.filter((code) => code !== 'OK').length).toBeGreaterThan(150);
  expect(first.filter((code) => code !== 'OK').length).toBeLessThan(250);
  expect(await outcomes(withRule(rule), 1000)).toEqual(first);
  expect(await outcomes(withRule({ ...rule, seed: 8 }), 1000)).not.toEqual(first);
});

test.each([[0], [1], [-1], [2 ** 31]])('random numbers of seed %i are spread evenly', (seed) => {
  const random = createRandom(seed);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < 10_000; index++) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(200);
});

test('a rule applies so many times, and counts', async () => {
  const faults = withRule({ target: '*', code: 'UNAVAILABLE', times: 2 });
  expect(await outcomes(faults, 4)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'OK', 'OK']);
  expect(faults.list()).toMatchObject([{ id: 'rule', applied: 2 }]);
});

test('latency is on the clock of the server, and adds up', async () => {
  const clock = new FakeClock();
  const faults = withRule({ target: '*', latencyMs: 2000 }, clock);
  faults.set('other', { target: TOPIC, latencyMs: 500, code: 'DEADLINE_EXCEEDED' });
  let outcome = '';
  const calling = outcomes(faults, 1).then(([code = '']) => (outcome = code));
  clock.advance(2499);
  await Promise.resolve();
  expect(outcome).toBe('');
  clock.advance(1);
  await calling;
  expect(outcome).toBe('DEADLINE_EXCEEDED');
});

test('a rule that is taken back applies no more', async () => {
  const faults = withRule({ target: '*', code: 'UNAVAILABLE' });
  expect(faults.remove('rule')).toBe(true);
  expect(faults.remove('rule')).toBe(false);
  expect(await outcomes(faults, 1)).toEqual(['OK']);
});

test.each<[object, string]>([
  [{ target: 'topics/t', code: 'UNAVAILABLE' }, 'must be "*"'],
  [{ target: '*' }, 'needs one of'],
  [{ target: '*', code: 'SLOW' }, 'code'],
  [{ target: '*', code: 'INTERNAL', probability: 1.5 }, 'probability'],
  [{ target: '*', latencyMs: -1 }, 'latencyMs'],
  [{ target: '*', outage: true, probability: 0.5 }, 'probability'],
  [{ target: '*', latency: 5 }, 'latency'],
  [{ target: '*', code: 'INTERNAL', method: 'publish' }, 'must be the name of an RPC'],
])('%j is refused: %s', (rule, reason) => {
  const issues = FaultRule.safeParse(rule).error?.issues ?? [];
  expect(issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')).toContain(reason);
});

async function createFaulty(resource: object = {}): Promise<{ harness: Harness; faults: Faults }> {
  const faults = new Faults(new FakeClock());
  const harness = createHarness({ faults });
  faults.onChanged = () => harness.pubsub.subscription(SUBSCRIPTION).onFaultsChanged();
  await harness.topic();
  await harness.subscription(resource);
  return { harness, faults };
}

test('a dropped acknowledgement brings the message again after its deadline', async () => {
  const { harness, faults } = await createFaulty();
  faults.set('drop', { target: SUBSCRIPTION, dropAcknowledgements: 1, times: 1 });
  await harness.publish('one');
  await harness.acknowledge(await harness.pull());
  expect(await harness.pullData()).toEqual([]);
  harness.clock.advance(10_000);
  const again = await harness.pull();
  expect(again.map(({ data }) => data)).toEqual(['one']);
  await harness.acknowledge(again);
  harness.clock.advance(60_000);
  expect(await harness.pullData()).toEqual([]);
});

test('a duplicate comes at once, though the first was acknowledged, and is no failure', async () => {
  const { harness, faults } = await createFaulty();
  faults.set('duplicate', { target: TOPIC, duplicateDeliveries: 1, times: 1 });
  await harness.publish('one');
  const [first] = await harness.pull();
  await harness.acknowledge(first ? [first] : []);
  const [second] = await harness.pull();
  expect([second?.messageId, second?.ackId === first?.ackId]).toEqual([first?.messageId, false]);
  await harness.acknowledge(second ? [second] : []);
  harness.clock.advance(60_000);
  expect(await harness.pullData()).toEqual([]);
});

test('a duplicate keeps the order of its key', async () => {
  const { harness, faults } = await createFaulty({ enableMessageOrdering: true });
  faults.set('duplicate', { target: SUBSCRIPTION, duplicateDeliveries: 1, times: 1 });
  await harness.publish({ data: 'one', orderingKey: 'k' }, { data: 'two', orderingKey: 'k' });
  const received = await harness.pull();
  expect(received.map(({ data }) => data)).toEqual(['one', 'two']);
  await harness.acknowledge(received.slice(0, 1));
  expect(await harness.pullData()).toEqual(['one', 'two']);
});

test('in an outage nothing is delivered and nobody can connect; after it, all that was published is', async () => {
  const { harness, faults } = await createFaulty();
  faults.set('outage', { target: SUBSCRIPTION, outage: true });
  await harness.publish('one');
  await expect(harness.pull()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  faults.remove('outage');
  expect(await harness.pullData()).toEqual(['one']);
});

test('an outage ends a pull that is waiting', async () => {
  const { harness, faults } = await createFaulty();
  const waiting = harness.call('Pull', { subscription: SUBSCRIPTION, maxMessages: 1 });
  await Promise.resolve();
  faults.set('outage', { target: TOPIC, outage: true });
  await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('nothing is pushed in an outage; an answer to a push that is lost counts as a failure', async () => {
  const faults = new Faults(new FakeClock());
  const pushed: string[] = [];
  const deliver = ({ data }: PubsubMessage): Promise<PushResult> => {
    pushed.push(data.toString());
    return Promise.resolve({ acknowledged: true });
  };
  const createExporter = (subscription: Subscription): PushExporter =>
    new PushExporter({
      clock: harness.clock,
      subscription,
      endpoint: { deliver, close: () => undefined },
      backoffScale: 1,
      maxConcurrency: 10,
    });
  const harness: Harness = createHarness({ faults, createExporter });
  faults.onChanged = () => harness.pubsub.subscription(SUBSCRIPTION).onFaultsChanged();
  await harness.topic();
  await harness.subscription({ pushConfig: { pushEndpoint: 'http://127.0.0.1:9' } });
  faults.set('outage', { target: SUBSCRIPTION, outage: true });
  await harness.publish('one');
  harness.clock.advance(60_000);
  expect(pushed).toEqual([]);
  faults.set('drop', { target: SUBSCRIPTION, dropAcknowledgements: 1, times: 1 });
  faults.remove('outage');
  for (let turn = 0; turn < 3; turn++) {
    harness.clock.advance(60_000);
    await new Promise<void>((next) => void setImmediate(next));
  }
  expect(pushed).toEqual(['one', 'one']);
});
