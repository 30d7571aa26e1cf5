import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Refusal } from '#shared/errors/refusals.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { createBestEffort } from '#shared/outage/best-effort.ts';
import type { Answer } from '../answer.ts';
import { fingerprintOf } from './idempotency-key.ts';
import type { IdempotentRequest } from './idempotency.ts';
import { createMemoryRecords } from './memory-records.ts';
import type { IdempotencyRecords } from './records.ts';
import { createRemembering } from './remembering.ts';

/** Of a store that is to answer, however busy the machine is; and of one that is not. */
const PATIENT_MS = 10_000;
const DEADLINE_MS = 100;
const HOUR_MS = 3_600_000;

const request: IdempotentRequest = {
  tenantId: TenantId.parse('acme'),
  projectId: undefined,
  key: 'k1',
  path: '/v1/events',
  fingerprint: fingerprintOf(new Headers(), Buffer.from('[]')),
};

function answerOf(body: string, isFinal = true): Answer {
  return { status: 202, contentType: 'application/json', headers: {}, body, isFinal };
}

/** Several instances over one store, on one clock. `faults` stands between them and it. */
function setUp(faults: Partial<IdempotencyRecords> = {}, deadlineMs = PATIENT_MS) {
  const clock = { nowMs: 1_700_000_000_000 };
  const records = createMemoryRecords();
  const instance = () =>
    createRemembering({
      records: { ...records, ...faults },
      effort: createBestEffort({ deadlineMs, onFailure: () => undefined }),
      nowMs: () => clock.nowMs,
    });
  return { clock, records, instance };
}

/** A request that is being processed until it is told what it answers. */
function pending() {
  const answer = Promise.withResolvers<Answer>();
  let runs = 0;
  return { ...answer, run: () => (runs++, answer.promise), runs: () => runs };
}

async function codeOf(answer: Promise<Answer>): Promise<string> {
  const error: unknown = await answer.then(
    ({ body }) => new Error(`answered ${body}`),
    (reason: unknown) => reason,
  );
  return error instanceof Refusal ? error.code : String(error);
}

const never = (): Promise<never> => Promise.reject(new Error('must not run'));
const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 14 }));
const silent = (): Promise<never> => new Promise(() => undefined);

test('the same request has the same answer, on every instance, and is processed once', async () => {
  const { instance } = setUp();
  const answer = { ...answerOf('{"accepted":1}'), status: 422, headers: { 'cache-control': 'no-store' } };
  expect(await instance().once(request, async () => answer)).toEqual(answer);
  const again = await instance().once(request, never);
  expect(again).toEqual({ ...answer, headers: { 'cache-control': 'no-store', 'idempotent-replayed': 'true' } });
});

test('while it is processed, others are told so, and those with another body that the key is taken', async () => {
  const { instance } = setUp();
  const first = pending();
  const answered = instance().once(request, first.run);
  await setImmediate();
  expect(await codeOf(instance().once(request, never))).toBe('idempotency_key_in_flight');
  expect(await codeOf(instance().once({ ...request, fingerprint: 'other' }, never))).toBe('idempotency_key_reused');
  first.resolve(answerOf('a'));
  await answered;
  expect(await codeOf(instance().once({ ...request, fingerprint: 'other' }, never))).toBe('idempotency_key_reused');
});

test('of two that race for a key, one is processed', async () => {
  const { instance } = setUp();
  const first = pending();
  const both = [instance(), instance()].map((each) => each.once(request, first.run));
  first.resolve(answerOf('a'));
  const settled = await Promise.allSettled(both);
  expect(first.runs()).toBe(1);
  expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test.each([
  ['another endpoint', { path: '/v1/user-properties' }],
  ['another tenant', { tenantId: TenantId.parse('globex') }],
  ['another project of the tenant', { projectId: ProjectId.parse('web') }],
  ['another key', { key: 'k2' }],
])('%s: another request', async (_name, other) => {
  const { instance } = setUp();
  await instance().once(request, async () => answerOf('a'));
  const answer = await instance().once({ ...request, ...other, fingerprint: 'x' }, async () => answerOf('b'));
  expect(answer.body).toBe('b');
});

test('an answer that is not final, and a failure, free the key', async () => {
  const { instance } = setUp();
  await instance().once(request, async () => answerOf('later', false));
  await expect(instance().once(request, () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
  expect((await instance().once({ ...request, fingerprint: 'x' }, async () => answerOf('now'))).body).toBe('now');
});

test('an answer that is too large to be remembered frees the key', async () => {
  const { instance } = setUp();
  const body = Array.from({ length: 100_000 }, () => Math.random().toString(36)).join('');
  await instance().once(request, async () => answerOf(body));
  expect((await instance().once(request, async () => answerOf('again'))).body).toBe('again');
});

test('after 24 hours the key is a new one, deleted or not', async () => {
  const { instance, clock } = setUp();
  await instance().once(request, async () => answerOf('a'));
  clock.nowMs += 24 * HOUR_MS - 1;
  expect((await instance().once(request, never)).body).toBe('a');
  clock.nowMs += 1;
  const answer = await instance().once({ ...request, fingerprint: 'x' }, async () => answerOf('b'));
  expect([answer.body, answer.headers]).toEqual(['b', {}]);
});

test('where an instance died in the midst of it, the key is free when the lease is over', async () => {
  const { instance, clock } = setUp();
  void instance().once(request, silent);
  await setImmediate();
  clock.nowMs += 29_999;
  expect(await codeOf(instance().once(request, never))).toBe('idempotency_key_in_flight');
  clock.nowMs += 1;
  const attempts = [instance(), instance()].map((each) => each.once(request, async () => answerOf('b')));
  const settled = await Promise.allSettled(attempts);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await instance().once(request, never)).body).toBe('b');
});

test("an answer that comes after the lease does not overwrite its successor's", async () => {
  const { instance, clock } = setUp();
  const first = pending();
  const answered = instance().once(request, first.run);
  await setImmediate();
  clock.nowMs += 30_000;
  const second = pending();
  const answeredAgain = instance().once(request, second.run);
  await setImmediate();
  first.resolve(answerOf('late'));
  expect((await answered).body).toBe('late');
  expect(await codeOf(instance().once(request, never))).toBe('idempotency_key_in_flight');
  second.resolve(answerOf('successor'));
  await answeredAgain;
  expect((await instance().once(request, never)).body).toBe('successor');
});

test('an answer that comes after the lease is remembered where nobody took over', async () => {
  const { instance, clock } = setUp();
  const first = pending();
  const answered = instance().once(request, first.run);
  await setImmediate();
  clock.nowMs += 40_000;
  first.resolve(answerOf('late'));
  await answered;
  expect((await instance().once(request, never)).body).toBe('late');
});

test.each([
  ['fails', down],
  ['does not answer', silent],
])('where the store %s, the request is processed without memory', async (_name, fault) => {
  const { instance } = setUp({ create: fault }, DEADLINE_MS);
  for (const body of ['a', 'b']) {
    expect((await instance().once(request, async () => answerOf(body))).body).toBe(body);
  }
});

test.each([
  ['fails', down],
  ['does not answer', silent],
])(
  'where the answer cannot be remembered since the store %s, a retry after the lease is processed',
  async (_name, fault) => {
    const { instance, clock } = setUp({ replace: fault }, DEADLINE_MS);
    expect((await instance().once(request, async () => answerOf('a'))).body).toBe('a');
    expect(await codeOf(instance().once(request, never))).toBe('idempotency_key_in_flight');
    clock.nowMs += 30_000;
    expect((await instance().once(request, async () => answerOf('b'))).body).toBe('b');
  },
);

test('a record that was made too late holds the key for nobody', async () => {
  const { clock, records, instance } = setUp();
  const removed = Promise.withResolvers<void>();
  const slow = createRemembering({
    records: {
      ...records,
      create: async (path, record) => {
        const version = await records.create(path, record);
        await delay(2 * DEADLINE_MS);
        return version;
      },
      remove: (path, version) => records.remove(path, version).then(removed.resolve),
    },
    effort: createBestEffort({ deadlineMs: DEADLINE_MS, onFailure: () => undefined }),
    nowMs: () => clock.nowMs,
  });
  expect((await slow.once(request, async () => answerOf('a'))).body).toBe('a');
  await removed.promise;
  expect((await instance().once(request, async () => answerOf('b'))).body).toBe('b');
});

test('its own record, whose acknowledgement got lost, keeps no request waiting for itself', async () => {
  const { clock, records, instance } = setUp();
  const acknowledgementsLost = createRemembering({
    records: {
      ...records,
      create: async (path, record) => {
        await records.create(path, record);
        return records.create(path, record);
      },
    },
    effort: createBestEffort({ deadlineMs: PATIENT_MS, onFailure: () => undefined }),
    nowMs: () => clock.nowMs,
  });
  expect((await acknowledgementsLost.once(request, async () => answerOf('a'))).body).toBe('a');
  expect((await instance().once(request, never)).body).toBe('a');
});

test('a record that cannot be read any more is replaced', async () => {
  const { clock, records, instance } = setUp();
  await instance().once(request, async () => answerOf('a'));
  const broken = createRemembering({
    records: {
      ...records,
      read: async (path) => {
        const found = await records.read(path);
        return found && { ...found, record: { ...found.record, answer: Buffer.from('x') } };
      },
    },
    effort: createBestEffort({ deadlineMs: PATIENT_MS, onFailure: () => undefined }),
    nowMs: () => clock.nowMs,
  });
  expect((await broken.once(request, async () => answerOf('b'))).body).toBe('b');
});
