import { expect, test } from 'vitest';
import { createBestEffort } from '#shared/outage/best-effort.ts';
import { EVENT, setUp } from '../fixtures.ts';
import { createMemoryRecords } from './memory-records.ts';
import type { IdempotencyRecords } from './records.ts';
import { createRemembering } from './remembering.ts';

const { id: _id, ...WITHOUT_ID } = EVENT;
const HEADERS = { 'idempotency-key': '"k1"' };

/** The whole application, which remembers what `records` does. */
function remembering(records: IdempotencyRecords, settings: Record<string, unknown> = {}) {
  const effort = createBestEffort({ deadlineMs: 1_000, onFailure: () => undefined });
  return setUp({ settings, deps: { idempotency: createRemembering({ records, effort, nowMs: Date.now }) } });
}

const idsIn = (published: ReturnType<typeof setUp>['published']): (string | undefined)[] =>
  published.flatMap(({ messages }) => messages.map(({ attributes }) => attributes['event_id']));

test('a request that is sent again is published once, and answered the same', async () => {
  const { post, published, lastLine } = remembering(createMemoryRecords());
  const first = await post([WITHOUT_ID, { type: 'x' }], HEADERS);
  const again = await post([WITHOUT_ID, { type: 'x' }], HEADERS);
  expect([again.status, await again.text()]).toEqual([202, await first.text()]);
  expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  expect(published).toHaveLength(1);
  expect(lastLine()).toMatchObject({ status: 202, replayed: true });
});

test('a refusal of all that came is answered the same, and nothing else of it is remembered', async () => {
  const { post } = remembering(createMemoryRecords());
  const first = await post({ type: 'x' }, HEADERS);
  const again = await post({ type: 'x' }, HEADERS);
  expect([again.status, await again.text()]).toEqual([422, await first.text()]);
  for (const name of ['content-type', 'cache-control']) expect(again.headers.get(name)).toBe(first.headers.get(name));
});

test('without memory it is published again, with the same ids', async () => {
  const down = (): Promise<never> => Promise.reject(new Error('down'));
  const { post, published } = remembering({ ...createMemoryRecords(), create: down });
  const answers = [];
  for (let attempt = 0; attempt < 2; attempt++)
    answers.push(await (await post([WITHOUT_ID, WITHOUT_ID], HEADERS)).text());
  expect(answers[0]).toBe(answers[1]);
  const ids = idsIn(published);
  expect(ids).toHaveLength(4);
  expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  expect(ids[0]).not.toBe(ids[1]);
});

test('an event keeps its id where one before it is refused at one time and accepted at another', async () => {
  const unknown = { ...WITHOUT_ID, type: 'order.lost' };
  const known = { ...WITHOUT_ID, type: 'customer.deleted', data: { customer: { id: 'cus_1' } } };
  const idsWith = async (mode: string): Promise<(string | undefined)[]> => {
    const { post, published } = remembering(createMemoryRecords(), { mode });
    await post([unknown, known], HEADERS);
    return idsIn(published);
  };
  const open = await idsWith('open');
  expect(open).toHaveLength(2);
  expect(await idsWith('strict')).toEqual([open[1]]);
});

test.each(['', 'a b', '"a', 'x'.repeat(256)])('the key %j is refused, and nothing published', async (key) => {
  const { post, published } = remembering(createMemoryRecords());
  const response = await post(EVENT, { 'idempotency-key': key });
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_idempotency_key' }]);
  expect(published).toEqual([]);
});
