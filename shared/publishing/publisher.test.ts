import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StreamMessage } from '#shared/events/messages.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { PublishFailure } from './attempts.ts';
import { Status } from './grpc-status.ts';
import { createPublisher } from './publisher.ts';

const acme = { tenantId: TenantId.parse('acme'), batching: { maxMessages: 10, maxBytes: 100_000, maxMilliseconds: 5 } };
const DEADLINE_MS = 8_000;

interface Call {
  readonly topic: string;
  readonly data: string[];
  readonly timeoutMs: number;
}

function message(data: string, orderingKey?: string): StreamMessage {
  return { data: Buffer.from(data), attributes: {}, ...(orderingKey === undefined ? {} : { orderingKey }) };
}

function grpcError(code: number): Error {
  return Object.assign(new Error(`code ${code}`), { code });
}

/** A Pub/Sub that does as `behave` says: resolves or throws for each call. */
function setUp(behave: (call: Call) => void | Promise<void> = () => undefined) {
  const calls: Call[] = [];
  const failures: PublishFailure[] = [];
  const publisher = createPublisher({
    rpc: {
      publish: async (topic, messages, timeoutMs) => {
        const call = { topic, data: messages.map(({ data }) => data.toString()), timeoutMs };
        calls.push(call);
        await behave(call);
      },
      isReachable: async () => true,
      close: async () => undefined,
    },
    deadlineMs: DEADLINE_MS,
    onFailure: (failure) => failures.push(failure),
    now: () => Date.now(),
  });
  return { publisher, calls, failures };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('calls within maxMilliseconds become one batch, and each learns its own outcomes', async () => {
  const { publisher, calls } = setUp();
  const first = publisher.publish(acme, 'events', [message('a'), message('b')]);
  const second = publisher.publish(acme, 'events', [message('c')]);
  await vi.advanceTimersByTimeAsync(4);
  expect(calls).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(calls).toEqual([{ topic: 'acme.events', data: ['a', 'b', 'c'], timeoutMs: DEADLINE_MS - 5 }]);
  expect(await first).toEqual([{ status: 'accepted' }, { status: 'accepted' }]);
  expect(await second).toEqual([{ status: 'accepted' }]);
});

test('nothing is accepted before Pub/Sub has acknowledged it', async () => {
  const acknowledged = Promise.withResolvers<void>();
  const { publisher, calls } = setUp(() => acknowledged.promise);
  let settled = false;
  const outcomes = publisher.publish(acme, 'events', [message('a')]).finally(() => (settled = true));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls).toHaveLength(1);
  expect(settled).toBe(false);
  acknowledged.resolve();
  expect(await outcomes).toEqual([{ status: 'accepted' }]);
});

test('a batch is closed by its number of messages and by its bytes', async () => {
  const { publisher, calls } = setUp();
  const limits = { ...acme, batching: { maxMessages: 3, maxBytes: 10, maxMilliseconds: 5 } };
  const many = publisher.publish(
    limits,
    'events',
    [...'abcd'].map((data) => message(data)),
  );
  const large = publisher.publish(limits, 'events', [message('123456'), message('12345678901'), message('x')]);
  await vi.advanceTimersByTimeAsync(5);
  expect(calls.map(({ data }) => data)).toEqual([['a', 'b', 'c'], ['d', '123456'], ['12345678901'], ['x']]);
  expect(await many).toHaveLength(4);
  expect(await large).toHaveLength(3);
});

test('tenants and streams never share a batch', async () => {
  const { publisher, calls } = setUp();
  const globex = { ...acme, tenantId: TenantId.parse('globex') };
  void publisher.publish(acme, 'events', [message('a')]);
  void publisher.publish(globex, 'events', [message('b')]);
  void publisher.publish(acme, 'user-properties', [message('c')]);
  await vi.advanceTimersByTimeAsync(5);
  expect(calls.map(({ topic, data }) => [topic, data])).toEqual([
    ['acme.events', ['a']],
    ['globex.events', ['b']],
    ['acme.user-properties', ['c']],
  ]);
});

test('one ordering key has one request under way at a time, and other keys do not wait for it', async () => {
  const acknowledgements: (() => void)[] = [];
  const { publisher, calls } = setUp(() => new Promise((resolve) => acknowledgements.push(resolve)));
  void publisher.publish(acme, 'events', [message('a1', 'a'), message('b1', 'b'), message('a2', 'a')]);
  await vi.advanceTimersByTimeAsync(5);
  const last = publisher.publish(acme, 'events', [message('a3', 'a')]);
  await vi.advanceTimersByTimeAsync(5);
  expect(calls.map(({ data }) => data)).toEqual([['a1', 'a2'], ['b1']]);
  acknowledgements[0]!();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls.map(({ data }) => data)).toEqual([['a1', 'a2'], ['b1'], ['a3']]);
  acknowledgements[2]!();
  expect(await last).toEqual([{ status: 'accepted' }]);
});

test('an ordering key goes on after a failure', async () => {
  const { publisher } = setUp(({ data }) => {
    if (data.includes('a1')) throw grpcError(Status.NOT_FOUND);
  });
  const first = publisher.publish(acme, 'events', [message('a1', 'a')]);
  await vi.advanceTimersByTimeAsync(5);
  const second = publisher.publish(acme, 'events', [message('a2', 'a')]);
  await vi.advanceTimersByTimeAsync(5);
  expect(await first).toEqual([{ status: 'retry', reason: 'misconfigured' }]);
  expect(await second).toEqual([{ status: 'accepted' }]);
});

test('a transient failure is retried, and nobody hears of it', async () => {
  let attempts = 0;
  const { publisher, failures } = setUp(() => {
    if (++attempts < 3) throw grpcError(Status.UNAVAILABLE);
  });
  const outcomes = publisher.publish(acme, 'events', [message('a')]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await outcomes).toEqual([{ status: 'accepted' }]);
  expect(attempts).toBe(3);
  expect(failures).toEqual([]);
});

test('while a topic is down every call is answered at once, and the first success ends that', async () => {
  let isDown = true;
  const { publisher, calls, failures } = setUp(() => {
    if (isDown) throw grpcError(Status.UNAVAILABLE);
  });
  const publishOne = async () => {
    const before = calls.length;
    const outcomes = publisher.publish(acme, 'events', [message('a')]);
    await vi.advanceTimersByTimeAsync(1_005);
    return { outcomes: await outcomes, attempts: calls.length - before };
  };
  const retry = [{ status: 'retry', reason: 'unavailable' }];
  const first = await publishOne();
  expect(first.outcomes).toEqual(retry);
  expect(first.attempts).toBeGreaterThan(5);
  await vi.advanceTimersByTimeAsync(100);
  expect(await publishOne()).toEqual({ outcomes: retry, attempts: 1 });
  expect(failures.map(({ attempts }) => attempts)).toEqual([first.attempts, 1]);
  isDown = false;
  expect(await publishOne()).toEqual({ outcomes: [{ status: 'accepted' }], attempts: 1 });
});

/** Calls for acme's events that were begun while `hangs` are never answered before their deadline. */
function setUpHangingTopic() {
  const state = { hangs: true, underWay: 0 };
  const { publisher, calls } = setUp(async ({ topic, timeoutMs }) => {
    if (topic !== 'acme.events' || !state.hangs) return;
    state.underWay++;
    await new Promise((resolve) => setTimeout(resolve, timeoutMs));
    state.underWay--;
    throw grpcError(Status.DEADLINE_EXCEEDED);
  });
  const publishOne = async (target: typeof acme) => {
    const startedAtMs = Date.now();
    const [outcome = { status: 'none' }] = await publisher.publish(target, 'events', [message('a')]);
    return { ...outcome, afterMs: Date.now() - startedAtMs };
  };
  return { state, calls, publishOne };
}

const globex = { ...acme, tenantId: TenantId.parse('globex') };

test('a topic hangs for a minute: its publications are answered at once, no other tenant is refused, the end is found in a second', async () => {
  const { state, publishOne } = setUpHangingTopic();
  const sick: Awaited<ReturnType<typeof publishOne>>[] = [];
  const well: typeof sick = [];
  const first = publishOne(acme);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  expect(await first).toEqual({ status: 'retry', reason: 'deadline_exceeded', afterMs: DEADLINE_MS });

  let mostUnderWay = 0;
  for (let ms = 0; ms < 60_000; ms += 20) {
    void publishOne(acme).then((outcome) => sick.push(outcome));
    void publishOne(globex).then((outcome) => well.push(outcome));
    await vi.advanceTimersByTimeAsync(20);
    mostUnderWay = Math.max(mostUnderWay, state.underWay);
  }
  expect(well.map(({ status }) => status)).toEqual(Array.from({ length: 3_000 }, () => 'accepted'));
  expect(Math.max(...sick.map(({ afterMs }) => afterMs))).toBe(1_005);
  const probes = sick.filter(({ afterMs }) => afterMs > 5);
  expect(probes.length).toBeLessThan(60);
  // A probe has its deadline, though nobody waits so long for it.
  expect(mostUnderWay).toBeLessThanOrEqual(DEADLINE_MS / 1_000);

  state.hangs = false;
  const endedAtMs = Date.now();
  const acceptedAfterMs: number[] = [];
  while (acceptedAfterMs.length === 0 && Date.now() - endedAtMs < DEADLINE_MS) {
    const asked = publishOne(acme);
    void asked.then(({ status }) => status === 'accepted' && acceptedAfterMs.push(Date.now() - endedAtMs));
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(acceptedAfterMs[0]).toBeLessThan(1_600);
  const after = publishOne(acme);
  await vi.advanceTimersByTimeAsync(5);
  expect(await after).toMatchObject({ status: 'accepted' });
});

test('a topic that takes three seconds for each publication is found to be there', async () => {
  let takesMs = Infinity;
  const { publisher } = setUp(async ({ timeoutMs }) => {
    await new Promise((resolve) => setTimeout(resolve, Math.min(takesMs, timeoutMs)));
    if (takesMs > timeoutMs) throw grpcError(Status.DEADLINE_EXCEEDED);
  });
  const hanging = publisher.publish(acme, 'events', [message('a')]);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS + 100);
  expect(await hanging).toEqual([{ status: 'retry', reason: 'deadline_exceeded' }]);
  takesMs = 3_000;
  const probe = publisher.publish(acme, 'events', [message('b')]);
  await vi.advanceTimersByTimeAsync(1_005);
  expect(await probe).toEqual([{ status: 'retry', reason: 'deadline_exceeded' }]);
  await vi.advanceTimersByTimeAsync(2_000);
  const both = [1, 2].map(() => publisher.publish(acme, 'events', [message('c')]));
  await vi.advanceTimersByTimeAsync(3_005);
  expect(await Promise.all(both)).toEqual([[{ status: 'accepted' }], [{ status: 'accepted' }]]);
});

test.each([
  ['DEADLINE_EXCEEDED', { status: 'retry', reason: 'deadline_exceeded' }],
  ['NOT_FOUND', { status: 'retry', reason: 'misconfigured' }],
  ['PERMISSION_DENIED', { status: 'retry', reason: 'misconfigured' }],
  ['UNAUTHENTICATED', { status: 'retry', reason: 'misconfigured' }],
  ['INVALID_ARGUMENT', { status: 'refused', reason: 'code 3' }],
  ['FAILED_PRECONDITION', { status: 'retry', reason: 'misconfigured' }],
  ['OUT_OF_RANGE', { status: 'refused', reason: 'code 11' }],
] as const)('%s is not retried', async (name, outcome) => {
  const { publisher, calls, failures } = setUp(() => {
    throw grpcError(Status[name]);
  });
  const outcomes = publisher.publish(acme, 'events', [message('a')]);
  await vi.advanceTimersByTimeAsync(5);
  expect(await outcomes).toEqual([outcome]);
  expect(calls).toHaveLength(1);
  expect(failures).toMatchObject([{ topic: 'acme.events', messages: 1, grpcCode: Status[name] }]);
});

test('a message that Pub/Sub refuses sinks no other', async () => {
  const { publisher } = setUp(({ data }) => {
    if (data.includes('bad')) throw grpcError(Status.INVALID_ARGUMENT);
  });
  const outcomes = publisher.publish(
    acme,
    'events',
    ['a', 'b', 'bad', 'c', 'd'].map((data) => message(data)),
  );
  await vi.advanceTimersByTimeAsync(5);
  expect((await outcomes).map(({ status }) => status)).toEqual([
    'accepted',
    'accepted',
    'refused',
    'accepted',
    'accepted',
  ]);
});

test.each([
  ['of no key: within the deadline, by 16 calls at a time', undefined, 16],
  ['of one ordering key: one after the other', 'a', 1],
])('where Pub/Sub refuses each message %s', async (_name, orderingKey, atATime) => {
  let underWay = 0;
  let most = 0;
  const { publisher } = setUp(async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay--;
    throw grpcError(Status.INVALID_ARGUMENT);
  });
  const messages = Array.from({ length: orderingKey === undefined ? 1_000 : 100 }, () => message('x', orderingKey));
  const limits = { ...acme, batching: { ...acme.batching, maxMessages: 1_000 } };
  const outcomes = publisher.publish(limits, 'events', messages);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(['refused']));
  expect(most).toBe(atATime);
});

test('what waited behind a slow request for its key is given up at its own deadline', async () => {
  const { publisher, calls } = setUp(async ({ timeoutMs }) => {
    await new Promise((resolve) => setTimeout(resolve, timeoutMs));
    throw grpcError(Status.DEADLINE_EXCEEDED);
  });
  const startedAtMs = Date.now();
  const publishes = [1, 2, 3].map(async (n) => {
    const outcomes = await publisher.publish(acme, 'events', [message(`a${n}`, 'a')]);
    return { outcomes, afterMs: Date.now() - startedAtMs };
  });
  await vi.advanceTimersByTimeAsync(5);
  publishes.push(
    publisher
      .publish(acme, 'events', [message('a4', 'a')])
      .then((outcomes) => ({ outcomes, afterMs: Date.now() - startedAtMs })),
  );
  await vi.advanceTimersByTimeAsync(2 * DEADLINE_MS);
  for (const { outcomes, afterMs } of await Promise.all(publishes)) {
    expect(outcomes).toMatchObject([{ status: 'retry' }]);
    expect(afterMs).toBeLessThanOrEqual(DEADLINE_MS + 5);
  }
  expect(calls).toHaveLength(1);
});

test('flush sends at once what is waiting, and waits for what is under way', async () => {
  const acknowledged = Promise.withResolvers<void>();
  const { publisher, calls } = setUp(() => acknowledged.promise);
  const outcomes = publisher.publish(acme, 'events', [message('a'), message('b', 'key')]);
  let flushed = false;
  const flush = publisher.flush().then(() => (flushed = true));
  expect(calls.map(({ data }) => data)).toEqual([['a'], ['b']]);
  await setImmediate();
  expect(flushed).toBe(false);
  acknowledged.resolve();
  await flush;
  expect(await outcomes).toHaveLength(2);
  await publisher.flush();
});

test('whatever is published in whatever calls, each message is sent once and its caller told about it', async () => {
  const calls = fc.array(fc.array(fc.constantFrom(undefined, 'a', 'b'), { maxLength: 25 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(calls, async (orderingKeysOfCalls) => {
      const { publisher, calls: sent } = setUp(({ data }) => {
        if (data.some((name) => name.endsWith('3'))) throw grpcError(Status.INVALID_ARGUMENT);
      });
      let n = 0;
      const published = orderingKeysOfCalls.map((keys) => {
        const names = keys.map(() => `m${n++}`);
        const messages = names.map((name, index) => message(name, keys[index]));
        return { names, outcomes: publisher.publish(acme, 'events', messages) };
      });
      await vi.advanceTimersByTimeAsync(100);
      for (const { names, outcomes } of published) {
        expect((await outcomes).map(({ status }) => status)).toEqual(
          names.map((name) => (name.endsWith('3') ? 'refused' : 'accepted')),
        );
      }
      const accepted = sent.map(({ data }) => data).filter((data) => !data.some((name) => name.endsWith('3')));
      const all = Array.from({ length: n }, (_, index) => `m${index}`).filter((name) => !name.endsWith('3'));
      expect(accepted.flat().sort()).toEqual(all.sort());
      expect(sent.every(({ data }) => data.length <= 10)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
