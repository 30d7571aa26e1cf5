import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { bytesOf, send } from '#test/wire/request.ts';
import { Connection } from '#test/wire/connection.ts';
import { headerOf } from '#test/wire/response-reader.ts';
import { tokenOf } from './tokens.ts';
import {
  acceptedIds,
  api,
  bearer,
  expectRefusal,
  JSON_TYPE,
  keyOf,
  postAsAcme,
  postWith,
  published,
  world,
} from './world.ts';

const CRLF = '\r\nX-Injected: yes\r\n\r\n{"injected":true}';

describe('line breaks in what is stored', () => {
  test.each(['id', 'subject', 'correlation_id'])('in %s: kept within the attribute and the answer', async (field) => {
    const value = `evt${CRLF}`;
    const response = await postAsAcme(anEvent({ [field]: value }));
    expect(acceptedIds(response)).toHaveLength(1);
    expect(headerOf(response, 'x-injected')).toBeUndefined();
    const [message] = await published();
    const attribute = field === 'id' ? 'event_id' : field;
    expect(message?.attributes[attribute]).toBe(value);
    expect(Object.keys(message?.attributes ?? {})).not.toContain('X-Injected');
  });

  test.each([
    '\u0000',
    '\u001b[31m',
    '\u0085',
    '\u2028',
    '\u202e',
    '\ufeff',
    '%0d%0aX: y',
    '${jndi:ldap://x}',
    '{{7*7}}',
    '<script>',
  ])('%j in a subject: kept as it is, in a JSON document', async (text) => {
    const response = await postAsAcme(anEvent({ subject: `cus_${text}` }));
    expect(acceptedIds(response)).toHaveLength(1);
    expect((await published())[0]?.attributes['subject']).toBe(`cus_${text}`);
  });

  test.each(['type', 'version', 'timestamp'])('in %s: refused', async (field) => {
    const good = anEvent();
    for (const tail of ['\n', '\r\nX: y', '\u0000', '\u2028']) {
      const response = await postAsAcme({ ...good, [field]: `${String(good[field])}${tail}` });
      expectRefusal(response, 422, 'all_events_invalid');
    }
  });
});

describe('headers whose values are passed on', () => {
  test.each([
    ['upper case', '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01'],
    ['zeros', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
    ['another version', '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['something after it', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;x=y'],
    ['Latin-1', '00-\xe0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['ten thousand characters', `00-${'a'.repeat(10_000)}`],
  ])('a traceparent of %s: left out', async (_, traceparent) => {
    expect(acceptedIds(await postAsAcme(anEvent(), [['traceparent', traceparent]]))).toHaveLength(1);
    expect((await published())[0]?.attributes).not.toHaveProperty('googclient_traceparent');
  });

  test.each([
    ['Latin-1', '"\xe9"'],
    ['a tab', '"a\tb"'],
    ['256 characters', 'k'.repeat(256)],
    ['nothing', '""'],
    ['half a quote', '"a'],
    ['two keys', '"a", "b"'],
    ['a quote within', '"a"b"'],
  ])('an Idempotency-Key of %s: refused', async (_, key) => {
    expectRefusal(await postAsAcme(anEvent(), [['idempotency-key', key]]), 400, 'invalid_idempotency_key');
  });

  test.each([
    ['a bare line feed', 'a\nX-Injected: yes'],
    ['a bare carriage return', 'a\rX-Injected: yes'],
    ['a NUL', 'a\0b'],
    ['a control character', 'a\x01b'],
  ])('%s within a header: no request', async (_, value) => {
    for (const name of ['idempotency-key', 'traceparent', 'authorization', 'content-type']) {
      const connection = await Connection.open(api);
      connection.write(bytesOf({ headers: [bearer(keyOf('acme')), JSON_TYPE, [name, value]], body: '{}' }));
      // What follows a line feed may be a header of its own: then it is refused for what it lacks, and never obeyed.
      expect(await connection.response()).toMatchObject({ status: 400 });
      connection.close();
    }
  });
});

describe('the log', () => {
  const logged = async (): Promise<string> => readFile(world.logPath, 'utf8');

  /** All that was written until `decide` has noted the event, in which a marker is. */
  async function logUntil(marker: string): Promise<string> {
    expect(acceptedIds(await postAsAcme(anEvent({ id: marker })))).toEqual([marker]);
    expect(await published()).toHaveLength(1);
    const quoted = JSON.stringify(marker);
    return eventually(logged, (log) => log.includes(`"event_id":${quoted}`), 10_000);
  }

  test('one line stays one line, whatever is in an event', async () => {
    const text = await logUntil(`evt_${Date.now()}\r\n{"severity":"EMERGENCY","message":"forged"}\u2028\u001b[2J`);
    expect(text).not.toMatch(/^\{"severity":"EMERGENCY"/m);
    expect(text).not.toContain('\u001b');
    for (const line of text.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  test('no credential is in it, good or bad', async () => {
    const token = tokenOf(world.issuers.acme);
    const forged = tokenOf(world.issuers.globex);
    const madeUp = `hg_acme_${'Z'.repeat(43)}`;
    for (const credential of [keyOf('acme'), token, forged, madeUp]) await postWith(credential, '{');
    const query = `?access_token=${token}&key=${keyOf('acme')}`;
    for (const path of ['/v1/events', '/nowhere', '/v1/subjects/x', '/push']) await send(api, { target: path + query });
    const text = await logUntil(`evt_${Date.now()}`);
    const secrets = [keyOf('acme'), keyOf('globex'), token, forged, madeUp, token.split('.')[2] ?? '?'];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/Bearer [\w-]{10}|hg_[a-z-]+_[\w-]{43}|eyJ[\w-]{20,}\./);
  });
});
