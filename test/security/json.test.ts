import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { acceptedIds, asAcme, expectRefusal, JSON_TYPE, postAsAcme, published } from './world.ts';

const DEEP = 100_000;
/** An event as text, with `members` put in front of its own. */
const eventWith = (members: string): string => JSON.stringify(anEvent()).replace('{', `{${members},`);
const withData = (data: string): string => JSON.stringify(anEvent({ data: 0 })).replace('"data":0', `"data":${data}`);
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

describe('prototype pollution', () => {
  test.each([
    ['__proto__ of an event', '"__proto__":{"tenant_id":"globex","isAdmin":true}'],
    ['constructor of an event', '"constructor":{"prototype":{"isAdmin":true}}'],
    ['prototype of an event', '"prototype":{"isAdmin":true}'],
    ['__proto__ of metadata', '"metadata":{"__proto__":{"source":"x"}}'],
  ])('%s: refused', async (_, members) => {
    expectRefusal(await postAsAcme(eventWith(members)), 422, 'all_events_invalid');
  });

  test('__proto__ of the body that holds the events: refused', async () => {
    const body = `{"__proto__":{"events":[]},"events":[${JSON.stringify(anEvent())}]}`;
    expectRefusal(await postAsAcme(body), 400, 'invalid_body');
  });

  test('__proto__ of the body in the place of the events: refused', async () => {
    const body = `{"__proto__":{"events":[${JSON.stringify(anEvent())}]}}`;
    expectRefusal(await postAsAcme(body), 422, 'all_events_invalid');
  });

  test.each(['__proto__', '__defineGetter__', '__x__'])('%s as a property of a subject: refused', async (name) => {
    const body = `{"subject":"cus_1","properties":{"${name}":{"plan":"premium"}}}`;
    const response = await asAcme({ target: '/v1/user-properties', headers: [JSON_TYPE], body });
    expectRefusal(response, 422, 'all_events_invalid');
  });

  test('within data: kept to the letter, and of no effect on the next event', async () => {
    const data = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    expect(acceptedIds(await postAsAcme(withData(data)))).toHaveLength(1);
    expect(acceptedIds(await postAsAcme(anEvent({ data: {} })))).toHaveLength(1);
    const [first, second] = await published();
    expect(first?.data).toContain(`"data":${data}`);
    expect(second?.data).toContain('"data":{}');
    expect(second?.data).not.toContain('polluted');
  });

  test('names of prototypes as type, id and subject are names', async () => {
    const ids = ['__proto__', 'constructor', 'hasOwnProperty'];
    const events = ids.map((id) => anEvent({ id, subject: id, type: 'constructor.prototype' }));
    expect(acceptedIds(await postAsAcme([...events, ...events]))).toEqual(ids);
    expect((await published()).map(({ attributes }) => [attributes['event_id'], attributes['subject']])).toEqual(
      ids.map((id) => [id, id]),
    );
    for (const id of ['toString', '__proto__']) {
      const response = await asAcme({ method: 'GET', target: `/v1/subjects/${id}x` });
      expectRefusal(response, 404, 'not_found');
    }
  });
});

test('rules that are called as what every object has: each decides, once', async () => {
  const subject = 'cus_named_alike';
  const View = z.object({ decisions: z.array(z.looseObject({ rule: z.string() })), counts: z.looseObject({}) });
  const read = async (): Promise<z.infer<typeof View> | undefined> => {
    const { status, body } = await asAcme({ method: 'GET', target: `/v1/subjects/${subject}` });
    return status === 200 ? View.parse(JSON.parse(body)) : undefined;
  };
  for (let time = 1; time <= 2; time++) {
    expect(acceptedIds(await postAsAcme(anEvent({ type: 'named.alike', subject })))).toHaveLength(1);
    const counted = (view: Awaited<ReturnType<typeof read>>): boolean =>
      (view?.counts['named.alike'] as { total: number } | undefined)?.total === time;
    const view = await eventually(read, counted, 10_000);
    expect(view?.decisions.map(({ rule }) => rule).sort()).toEqual([
      'constructor',
      'hasOwnProperty',
      'toString',
      'valueOf',
    ]);
  }
  const decided: string[] = [];
  await eventually(
    async () => {
      const messages = await published();
      decided.push(...messages.map(({ topic }) => topic).filter((topic) => topic.endsWith('.decisions')));
      return decided.length;
    },
    (count) => count >= 4,
    10_000,
  );
  expect(decided).toEqual(Array.from({ length: 4 }, () => 'acme.decisions'));
});

describe('nesting', () => {
  test.each([
    ['arrays', nested('[', ']', DEEP)],
    ['arrays that never end', '['.repeat(DEEP)],
    ['objects', `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`],
    ['arrays round a number that needs a second look', `${'['.repeat(DEEP)}12345678901234567890${']'.repeat(DEEP)}`],
  ])('%s, 100,000 deep, as the body: refused', async (_, body) => {
    const response = await postAsAcme(body);
    expect([400, 422]).toContain(response.status);
    const code = (JSON.parse(response.body) as { code: string }).code;
    expect(['malformed_json', 'all_events_invalid', 'invalid_body']).toContain(code);
    expect(response.body.length).toBeLessThan(1_000);
  });

  test.each([
    ['data', (deep: string) => withData(`{"a":${deep}}`)],
    ['metadata', (deep: string) => eventWith(`"metadata":{"a":${deep}}`)],
    ['the id', (deep: string) => eventWith(`"id":${deep}`).replace(/,"id":"[^"]*"/, '')],
    ['received_at', (deep: string) => eventWith(`"received_at":${deep}`)],
    ['an unknown field', (deep: string) => eventWith(`"x":${deep}`)],
  ])('100,000 deep in %s: refused', async (_, make) => {
    expectRefusal(await postAsAcme(make(nested('[', ']', DEEP))), 422, 'all_events_invalid');
  });

  test('4,000 deep in received_at: left out', async () => {
    const response = await postAsAcme(eventWith(`"received_at":${nested('[', ']', 4_000)}`));
    expect(acceptedIds(response)).toHaveLength(1);
    expect((await published())[0]?.data.length).toBeLessThan(1_000);
  });

  test('100,000 deep in the properties of a subject: refused', async () => {
    const body = `{"subject":"cus_1","properties":{"a":${nested('[', ']', DEEP)}}}`;
    const response = await asAcme({ target: '/v1/user-properties', headers: [JSON_TYPE], body });
    expectRefusal(response, 422, 'all_events_invalid');
  });
});

describe('numbers', () => {
  test.each([
    ['beyond a double', '1e999'],
    ['beyond a double, below zero', '-1e999'],
    ['an integer that no double holds', '9007199254740993'],
    ['thirty digits', '123456789012345678901234567890'],
    ['a hundred thousand digits', '9'.repeat(100_000)],
    ['an exponent of a hundred thousand digits', `1e${'9'.repeat(100_000)}`],
  ])('%s: refused, never stored as another one', async (_, number) => {
    expectRefusal(await postAsAcme(withData(`{"n":${number}}`)), 422, 'all_events_invalid');
  });

  test.each(['NaN', 'Infinity', '0x10', '01', '1.', '.5', '+1', '1_000'])('%s is no JSON', async (number) => {
    expectRefusal(await postAsAcme(withData(`{"n":${number}}`)), 400, 'malformed_json');
  });

  test.each([
    ['0.1', [202]],
    ['1e-999', [202, 422]],
    ['-0', [202, 422]],
    ['1E400000000000000000000', [422]],
  ])('%s: stored as it is, or refused (%j)', async (number, allowed) => {
    const response = await postAsAcme(withData(`{"n":${number}}`));
    expect(allowed).toContain(response.status);
    if (response.status !== 202) return expectRefusal(response, 422, 'all_events_invalid');
    expect(JSON.parse((await published())[0]?.data ?? '')).toMatchObject({ data: { n: Number(number) + 0 } });
  });
});

describe('text', () => {
  const bytes = (...parts: (string | number[])[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  const [before = '', after = ''] = JSON.stringify(anEvent({ id: 'evt_bytes', data: { a: '|' } })).split('|');

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a character beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
    ['half a character', [0xe2, 0x82]],
    ['a byte that never is', [0xff]],
  ])('%s is no UTF-8', async (_, odd) => {
    expectRefusal(await postAsAcme(bytes(before, odd, after)), 400, 'malformed_json');
  });

  test.each([
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${JSON.stringify(anEvent())}`, 'utf16le')],
    ['UTF-16 without one', Buffer.from(JSON.stringify(anEvent()), 'utf16le')],
    ['two byte order marks', Buffer.from(`\ufeff\ufeff${JSON.stringify(anEvent())}`)],
    ['a NUL after it', Buffer.from(`${JSON.stringify(anEvent())}\0`)],
    ['a NUL as it is within text', bytes(before, [0], after)],
    ['a line feed as it is within text', bytes(before, [0x0a], after)],
    ['two documents', Buffer.from(`${JSON.stringify(anEvent())}${JSON.stringify(anEvent())}`)],
    ['a comment', Buffer.from(`/* */${JSON.stringify(anEvent())}`)],
    ['JSONP', Buffer.from(`callback(${JSON.stringify(anEvent())})`)],
  ])('%s is no JSON', async (_, body) => {
    expectRefusal(await postAsAcme(body), 400, 'malformed_json');
  });

  test.each([
    ['id', { id: '|' }],
    ['subject', { subject: '|' }],
    ['correlation_id', { correlation_id: '|' }],
    ['data', { data: { a: ['|'] } }],
    ['a name within data', { data: { '|': 1 } }],
    ['metadata', { metadata: { a: { b: '|' } } }],
  ])('a lone surrogate in %s: refused, since nobody could read it back', async (_, members) => {
    const body = JSON.stringify(anEvent(members)).replace('|', String.raw`\ud800`);
    expectRefusal(await postAsAcme(body), 422, 'all_events_invalid');
  });

  test.each(['utf-16', 'iso-8859-1', 'utf-7', '"'])('charset=%s: refused', async (charset) => {
    const headers = [['content-type', `application/json; charset=${charset}`]] as const;
    const response = await asAcme({ headers, body: JSON.stringify(anEvent()) });
    expectRefusal(response, 415, 'unsupported_media_type');
  });
});

test('a field with a name of a megabyte: the answer is not as long', async () => {
  const response = await postAsAcme(eventWith(`"${'k'.repeat(1_000_000)}":1`));
  expectRefusal(response, 422, 'all_events_invalid');
  expect(response.body.length).toBeLessThan(5_000);
});
