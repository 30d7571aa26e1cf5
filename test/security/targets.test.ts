import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { bytesOf, send } from '#test/wire/request.ts';
import { Connection } from '#test/wire/connection.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';
import { api, asAcme, bearer, expectRefusal, JSON_TYPE, keyOf } from './world.ts';

const BODY = JSON.stringify(anEvent());

async function raw(bytes: string): Promise<WireResponse | 'closed'> {
  const connection = await Connection.open(api);
  connection.write(bytes);
  const response = await connection.response();
  connection.close();
  return response;
}

describe('paths out of what is served', () => {
  test.each([
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%252e%252e%252fetc/passwd',
    '/..\\..\\etc\\passwd',
    '/..%5c..%5cetc%5cpasswd',
    '/docs/../../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%252f..%252fpackage.json',
    '/docs//etc/passwd',
    '/docs/%00',
    '/docs/.env',
    '/docs/__proto__',
    '/docs/constructor',
    '/.git/config',
    '/.headgate/stack.json',
    '/functions/main.ts',
    '/node_modules/hono/package.json',
    '/openapi.json/../../package.json',
    '/openapi.json%00.html',
    '/healthz/..%2f..%2fpackage.json',
  ])('GET %s: nothing', async (target) => {
    const response = await asAcme({ method: 'GET', target });
    expect([400, 404]).toContain(response.status);
    expect(headerOf(response, 'content-type')).toBe('application/problem+json');
    expect(response.body).not.toMatch(/root:|"dependencies"|apiKey|\[core\]/);
  });

  test.each([
    ['a path', '..%2f..%2fglobex%2fsubjects%2fcus_1'],
    ['a path, escaped throughout', '%2e%2e%2f%2e%2e%2fglobex'],
    ['the folder above', '..'],
    ['the folder above, escaped', '%2e%2e'],
    ['a NUL', '%00'],
    ['a name of prototypes', 'valueOf'],
    ['another one', '__defineSetter__'],
    ['a document below', 'a%2fapplied%2fx'],
    ['no UTF-8', '%ff%fe'],
    ['no escape', '%zz'],
    ['longer than any subject', 'x'.repeat(257)],
    ['longer than any document id', 'x'.repeat(5_000)],
    ['longer than any document id, of four bytes each', '%F0%9F%92%A9'.repeat(400)],
  ])('GET /v1/subjects/ and %s: nothing', async (_, subject) => {
    const response = await asAcme({ method: 'GET', target: `/v1/subjects/${subject}` });
    expectRefusal(response, 404, 'not_found');
  });
});

describe('methods', () => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'REPORT', 'QUERY'])(
    '%s /v1/events is not allowed, and repeats nothing of the request',
    async (method) => {
      const response = await asAcme({ method, headers: [JSON_TYPE, ['x-secret', 'repeated']], body: BODY });
      expectRefusal(response, 405, 'method_not_allowed');
      expect(headerOf(response, 'allow')).toBe('POST');
      expect(response.body).not.toContain('repeated');
      expect(headerOf(response, 'access-control-allow-origin')).toBeUndefined();
    },
  );

  test.each(['get', 'Post', 'TRACK', 'FOO', 'POST\t', ' POST'])('%s is no method', async (method) => {
    expect(await raw(`${method} /v1/events HTTP/1.1\r\nHost: headgate.test\r\n\r\n`)).toMatchObject({ status: 400 });
  });

  test('another method by a header or the query is not taken for one', async () => {
    const overrides = [
      ['x-http-method-override', 'POST'],
      ['x-method-override', 'POST'],
      ['x-http-method', 'POST'],
    ] as const;
    const response = await asAcme({
      method: 'GET',
      target: '/v1/events?_method=POST',
      headers: [JSON_TYPE, ...overrides],
      body: BODY,
    });
    expectRefusal(response, 405, 'method_not_allowed');
  });

  test.each(['PUT', 'GET', 'DELETE', 'TRACE'])('%s /push is not allowed', async (method) => {
    expectRefusal(await send(api, { method, target: '/push' }), 405, 'method_not_allowed');
  });
});

describe('too much of it', () => {
  const authorization = `${bearer(keyOf('acme')).join(': ')}\r\n`;
  test.each([
    ['a URL of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`],
    ['a header of 20 KB', `GET / HTTP/1.1\r\nHost: a\r\n${authorization}X: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['a name of 20 KB', `GET / HTTP/1.1\r\nHost: a\r\n${authorization}${'x'.repeat(20_000)}: y\r\n\r\n`],
    ['5,000 headers', `GET / HTTP/1.1\r\nHost: a\r\n${authorization}${'x: y\r\n'.repeat(5_000)}\r\n`],
    ['a header that never ends', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(100_000)}`],
  ])('%s', async (_, bytes) => {
    expect(await raw(bytes)).toMatchObject({ status: 431, body: '' });
  });

  test('900 headers are as good as one', async () => {
    const headers = Array.from({ length: 900 }, (_, index) => [`x-${index}`, ''] as const);
    const response = await asAcme({ method: 'GET', target: '/nowhere', headers });
    expectRefusal(response, 404, 'not_found');
  });

  test.each([
    ['of no port', 'headgate.test:port'],
    ['with a path', 'headgate.test/push'],
    ['with a query', 'headgate.test?x'],
    ['with a fragment', 'headgate.test#x'],
    ['with a user', 'globex@headgate.test'],
    ['empty', ''],
    ['with a space', 'headgate test'],
    ['with an escape', 'headgate%2ftest'],
    ['with a line feed, escaped', 'headgate%0atest'],
  ])('a host %s: refused', async (_, host) => {
    const response = await asAcme({ headers: [['host', host], JSON_TYPE], body: BODY });
    expectRefusal(response, 400, 'malformed_request');
  });

  test('the host is never repeated', async () => {
    for (const target of ['/nowhere', '/openapi.json', '/v1/subjects/x', '/docs']) {
      const response = await asAcme({ method: 'GET', target, headers: [['host', 'evil.test']] });
      expect(JSON.stringify(response)).not.toContain('evil.test');
    }
  });

  test('pipelined probes are answered one by one', async () => {
    const connection = await Connection.open(api);
    const probe = bytesOf({ method: 'GET', target: '/healthz' });
    connection.write(Buffer.concat(Array.from({ length: 200 }, () => probe)));
    for (let i = 0; i < 200; i++) expect(await connection.response('GET')).toMatchObject({ status: 200 });
    expect(connection.pendingBytes).toBe(0);
    connection.close();
  });
});
