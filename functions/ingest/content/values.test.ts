import { describe, expect, test } from 'vitest';
import type { Entry } from '#shared/limits/tenant-gate.ts';
import { EVENT, setUp } from '../fixtures.ts';
import { LIMITS } from '../limits.ts';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
const CLOUD_EVENT = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

const cloudEvent = { specversion: '1.0', id: 'evt_1', source: '/shop', type: 'order.shipped', subject: 'cus_1' };
const eventWith = (id: string, data: string): string =>
  JSON.stringify({ ...EVENT, id }).replace('"data":{}', `"data":${data}`);
const cloudEventWith = (id: string, data: string): string =>
  `${JSON.stringify({ ...cloudEvent, id }).slice(0, -1)},"data":${data}}`;
/** Data with so many values in it, itself not counted. */
const dataOf = (values: number): string => `{"a":[${Array.from({ length: values - 1 }, () => '{}').join(',')}]}`;

/** What else an event of Headgate's own form has, beside what is in its data, and the list round it. */
const ENVELOPE = 6;
const TOO_MANY = dataOf(LIMITS.maxBodyValues);

test('2,500 events of 40 values are accepted, in each format', async () => {
  const data = `{"list":[${Array.from({ length: 40 - ENVELOPE - 1 }, (_, n) => n).join(',')}]}`;
  const ids = Array.from({ length: 2_500 }, (_, n) => `evt_${n}`);
  for (const [type, body] of [
    [JSON_TYPE, `{"events":[${ids.map((id) => eventWith(id, data)).join(',')}]}`],
    [NDJSON, ids.map((id) => eventWith(id, data)).join('\n')],
    [BATCH, `[${ids.map((id) => cloudEventWith(id, data)).join(',')}]`],
  ] as const) {
    const { post, published } = setUp();
    const response = await post(body, { 'content-type': type });
    expect(await response.json()).toMatchObject({ accepted: 2_500, rejected: 0 });
    expect(published[0]?.messages.map(({ attributes }) => attributes['event_id'])).toEqual(ids);
  }
});

describe('more values than a body may have: refused as a whole', () => {
  test.each([
    [JSON_TYPE, `[${TOO_MANY}]`],
    [JSON_TYPE, eventWith('a', TOO_MANY)],
    // One literal that needs a second look, before everything else.
    [JSON_TYPE, `[12345678901234567890,${TOO_MANY}]`],
    [JSON_TYPE, '['.repeat(LIMITS.maxBodyValues + 1)],
    [NDJSON, `${eventWith('a', '{}')}\n${TOO_MANY}`],
    [NDJSON, Array.from({ length: 60 }, () => dataOf(4_999)).join('\n')],
    [CLOUD_EVENT, cloudEventWith('a', TOO_MANY)],
    [BATCH, `[${cloudEventWith('a', TOO_MANY)}]`],
  ])('%s', async (type, body) => {
    const { post, published } = setUp();
    const response = await post(body, { 'content-type': type });
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { code: 'too_many_values', detail: expect.stringContaining('250000') },
    ]);
    expect(published).toEqual([]);
  });

  test('binary', async () => {
    const headers = Object.fromEntries(Object.entries(cloudEvent).map(([name, value]) => [`ce-${name}`, value]));
    const response = await setUp().post(TOO_MANY, headers);
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'too_many_values' }]);
  });
});

describe('an event with more values than it may have is rejected by itself', () => {
  const large = dataOf(LIMITS.maxEventValues);
  const base64 = Buffer.from(large).toString('base64');

  test.each([
    [JSON_TYPE, `[${eventWith('a', '{}')},${eventWith('b', large)},${eventWith('c', '{}')}]`],
    [NDJSON, [eventWith('a', '{}'), eventWith('b', large), eventWith('c', '{}')].join('\n')],
    [BATCH, `[${cloudEventWith('a', '{}')},${cloudEventWith('b', large)},${cloudEventWith('c', '{}')}]`],
    [
      BATCH,
      `[${[cloudEventWith('a', '{}'), JSON.stringify({ ...cloudEvent, data_base64: base64 }), cloudEventWith('c', '{}')].join(',')}]`,
    ],
  ])('%s', async (type, body) => {
    const response = await setUp().post(body, { 'content-type': type });
    expect([response.status, await response.json()]).toMatchObject([
      202,
      {
        accepted: 2,
        results: [
          { id: 'a', status: 'accepted' },
          {
            status: 'rejected',
            error: { code: 'too_many_values', message: expect.stringContaining('5000 JSON values') },
          },
          { id: 'c', status: 'accepted' },
        ],
      },
    ]);
  });

  test.each([
    [JSON_TYPE, eventWith('a', large), {}],
    [CLOUD_EVENT, cloudEventWith('a', large), {}],
    [JSON_TYPE, large, Object.fromEntries(Object.entries(cloudEvent).map(([name, value]) => [`ce-${name}`, value]))],
  ])('%s, alone', async (type, body, headers) => {
    const response = await setUp().post(body, { 'content-type': type, ...headers });
    expect([response.status, await response.json()]).toMatchObject([
      422,
      { code: 'all_events_invalid', results: [{ error: { code: 'too_many_values' } }] },
    ]);
  });

  test('one value less is accepted', async () => {
    const most = dataOf(LIMITS.maxEventValues - ENVELOPE);
    expect((await setUp().post(eventWith('a', most))).status).toBe(202);
    expect((await setUp().post(eventWith('a', most.replace('{}', '{},{}')))).status).toBe(422);
  });
});

describe('charge and turns', () => {
  function gateOf() {
    const calls: [string, number][] = [];
    const entry: Entry = {
      charge: ({ events }) => void calls.push(['charge', events]),
      turn: (units) => void calls.push(['turn', units]),
      received: () => undefined,
      headers: () => ({}),
      leave: () => undefined,
    };
    return { calls, gate: { enter: () => entry, close: async () => undefined } };
  }

  test('what is large is charged for before any of it is parsed, by its values, and takes a turn for each piece', async () => {
    const { calls, gate } = gateOf();
    const events = Array.from({ length: 10 }, (_, n) => eventWith(`evt_${n}`, dataOf(4_000)));
    expect((await setUp({ deps: { gate } }).post(`[${events.join(',')}]`)).status).toBe(202);
    expect(calls.slice(0, 2)).toEqual([
      ['turn', 13],
      ['charge', 401],
    ]);
    const turns = calls.slice(2);
    expect(turns).toHaveLength(20);
    for (const turn of turns) expect(turn).toEqual(['turn', 201]);
  });

  test('what is small takes a turn by its values as well, and is charged for them', async () => {
    const { calls, gate } = gateOf();
    await setUp({ deps: { gate } }).post(eventWith('a', dataOf(1_000)));
    expect(calls).toEqual([
      ['turn', Math.ceil((1_000 * 2 + ENVELOPE) / 20)],
      ['charge', 11],
      ['turn', 1],
    ]);
  });

  test('commas within texts are no values', async () => {
    const { calls, gate } = gateOf();
    await setUp({ deps: { gate } }).post(eventWith('a', `{"text":"${',{['.repeat(1_000)}"}`));
    expect(calls).toContainEqual(['charge', 1]);
  });

  test('what is refused for its values takes a turn to be looked through, and no more', async () => {
    const { calls, gate } = gateOf();
    expect((await setUp({ deps: { gate } }).post(`[${TOO_MANY}]`)).status).toBe(413);
    expect(calls).toEqual([['turn', 76]]);
  });
});
