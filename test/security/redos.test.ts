import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { onboard } from '#test/stack/onboard.ts';
import { z } from 'zod';
import { send, type WireRequest } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import {
  api,
  asAcme,
  bearer,
  expectRefusal,
  type Header,
  JSON_TYPE,
  keyOf,
  observing,
  postAsAcme,
  world,
} from './world.ts';

const LONG = 900_000;
/** As long as a header may be. */
const HEADER = 15_000;
const header = (name: string, value: string): WireRequest => {
  const own: Header[] = name === 'authorization' ? [] : [bearer(keyOf('acme'))];
  const type: Header[] = name === 'content-type' ? [] : [JSON_TYPE];
  return { headers: [...own, ...type, [name, value]], body: JSON.stringify(anEvent()) };
};

/** What a header that is no good is refused with. */
const CODES: Readonly<Record<string, string>> = {
  authorization: 'invalid_credentials',
  'content-type': 'unsupported_media_type',
  'content-encoding': 'unsupported_content_encoding',
  'idempotency-key': 'invalid_idempotency_key',
  'ce-id': 'all_events_invalid',
};

const Rejected = z.object({ results: z.tuple([z.object({ error: z.object({ path: z.string() }) })]) });

/** Holds an answer to say that the one event was rejected for the field at `path`: that it was looked at, and nothing before it was the reason. */
function expectRejected(response: WireResponse, path: string): void {
  expectRefusal(response, 422, 'all_events_invalid');
  expect(Rejected.parse(JSON.parse(response.body)).results[0].error.path).toBe(path);
}

/**
 * Texts that make a regular expression try again and again, where it can. One that could would not end within the lifetime
 * of this test for texts of this length: an answer that names what was matched shows that it is not so. While one is matched, nobody
 * else is answered: each file of attacks ends with good events that are.
 */
describe('what is matched against a pattern is matched in one go', () => {
  test.each([
    ['type', `a${'.a'.repeat(LONG / 2)}.`],
    ['type', `${'a'.repeat(LONG)}!`],
    ['type', `a.${'a-_'.repeat(LONG / 3)}!`],
    ['version', `${'1'.repeat(LONG)}.`],
    ['version', `1.${'0'.repeat(LONG)}`],
    ['timestamp', `2026-11-20T10:30:00.${'1'.repeat(LONG)}`],
    ['timestamp', `2026-11-20T10:30:00.${'1'.repeat(LONG)}+`],
    ['timestamp', ' '.repeat(LONG)],
    ['project_id', `a${'-'.repeat(LONG)}!`],
    ['tenant_id', `a${'-'.repeat(LONG)}!`],
    ['subject', '\ud83d\ude00'.repeat(LONG / 4)],
    ['id', '\ud83d'.repeat(LONG / 4)],
  ])('%s of an event', async (field, value) => {
    expectRejected(await postAsAcme(anEvent({ [field]: value })), field);
  });

  test.each([
    ['digits that look like a number too many', `{"a":"${',1'.repeat(LONG / 2)}"}`],
    ['digits and dots', `{"a":" ${'1.'.repeat(LONG / 2)}e"}`],
    ['brackets and digits', `{"a":"${'[1111111111111111'.repeat(LONG / 17)}"}`],
    ['blanks', `{"a":${' '.repeat(LONG)}1}`],
    ['escapes', `{"a":"${String.raw`\u0000`.repeat(LONG / 6)}"}`],
  ])('%s in data', async (_, data) => {
    const body = JSON.stringify(anEvent({ data: 0, tenant_id: 'globex' })).replace('"data":0', `"data":${data}`);
    // All of it was read, and nothing was wrong with it.
    expectRejected(await postAsAcme(body), 'tenant_id');
  });

  test.each([
    ['authorization', `Bearer ${' '.repeat(HEADER)}!`, 401],
    ['authorization', `Bearer ${'a'.repeat(HEADER)}!`, 401],
    ['authorization', `Bearer a${'='.repeat(HEADER)}!`, 401],
    ['authorization', `Bearer ${'.'.repeat(HEADER)}`, 401],
    ['authorization', `Bearer hg_${'a-'.repeat(HEADER / 2)}_`, 401],
    ['content-type', `text/plain${';'.repeat(HEADER)}x`, 415],
    ['content-type', `application/json; charset=${'"'.repeat(HEADER)}`, 415],
    ['content-type', `${'a'.repeat(HEADER)}/`, 415],
    ['content-type', `application/json;${' '.repeat(HEADER)}charset=x`, 415],
    ['content-encoding', `${','.repeat(HEADER)}gzip`, 415],
    ['idempotency-key', `"${String.raw`\\`.repeat(HEADER / 2)}`, 400],
    ['idempotency-key', `"${String.raw`\"`.repeat(HEADER / 2)}x`, 400],
    ['idempotency-key', 'a'.repeat(HEADER), 400],
    ['ce-id', `"${'\\a'.repeat(HEADER / 2)}`, 422],
    ['ce-id', '%'.repeat(HEADER), 422],
  ])('the header %s', async (name, value, status) => {
    expectRefusal(await send(api, header(name, value)), status, CODES[name] ?? '');
  });

  test('a dataschema, in which a version is looked for', async () => {
    const event = { specversion: '1.0', id: 'a', source: 'a', type: 'order.placed', subject: 's', tenantid: 'globex' };
    for (const dataschema of [
      `/${'1'.repeat(LONG)}`,
      '/1.1'.repeat(LONG / 4),
      '#'.repeat(LONG),
      `/v1.${'1'.repeat(LONG)}x`,
    ]) {
      const headers: Header[] = [['content-type', 'application/cloudevents+json']];
      expectRejected(await asAcme({ headers, body: JSON.stringify({ ...event, dataschema }) }), 'tenantid');
    }
  });

  test.each(['^(a+)+$', '^(a|a?)*b$', '(x+x+)+y', '^(.*)*$'])('a tenant cannot register %s', async (pattern) => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern } } };
    const eventTypes = [{ type: 'evil.pattern', version: '1.0', schema }];
    await expect(onboard(world.controlUrl, 'acme-eu', { eventTypes })).rejects.toThrow(/pattern/);
  });

  test('paths and tokens cost no look-up for their length', async () => {
    const { firestore } = await observing(async () => {
      for (const token of ['a.'.repeat(HEADER / 2), `${'a'.repeat(HEADER)}.a.a`, `hg_${'a'.repeat(HEADER)}`]) {
        expect((await send(api, { method: 'GET', target: '/v1/subjects/x', headers: [bearer(token)] })).status).toBe(
          401,
        );
      }
    });
    expect(firestore.filter((path) => !path.startsWith('tenants/acme'))).toEqual([]);
  });
});
