import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { CLOSED, Connection } from '#test/wire/connection.ts';
import { bytesOf } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import { acceptedIds, api, bearer, expectRefusal, JSON_TYPE, keyOf, published } from './world.ts';

const AUTHORIZATION = bearer(keyOf('acme')).join(': ');
const HEAD = `POST /v1/events HTTP/1.1\r\nHost: headgate.test\r\n${AUTHORIZATION}\r\nContent-Type: application/json\r\n`;
const GOOD = JSON.stringify(anEvent({ id: 'evt_first' }));
/** The request that must never be seen as one. */
const SMUGGLED = bytesOf({
  headers: [bearer(keyOf('acme')), JSON_TYPE],
  body: JSON.stringify(anEvent({ id: 'evt_smuggled' })),
}).toString('latin1');
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const CHUNKED = `${chunk(GOOD)}0\r\n\r\n`;

const isAlive = ({ status, body }: WireResponse): boolean => status === 200 && body === '{"status":"ok"}';

/**
 * Sends `bytes`, and then, where the connection is still open, a request that asks for its end: all answers that come
 * before that one's are to what was sent.
 */
async function answersTo(bytes: string): Promise<WireResponse[]> {
  const connection = await Connection.open(api);
  connection.write(bytes);
  const answers: WireResponse[] = [];
  let isLastAsked = false;
  for (;;) {
    const answer = await connection.response();
    if (answer === CLOSED) return answers;
    if (isAlive(answer)) {
      connection.close();
      return answers;
    }
    answers.push(answer);
    if (!isLastAsked) connection.write('GET /healthz HTTP/1.1\r\nHost: headgate.test\r\nConnection: close\r\n\r\n');
    isLastAsked = true;
  }
}

/** One answer, and no second request: the first itself may be good, and then it alone is published. */
async function expectOneRequest(bytes: string, status: number): Promise<void> {
  const answers = await answersTo(bytes);
  expect(answers.map((answer) => answer.status)).toEqual([status]);
  const ids = (await published()).map(({ attributes }) => attributes['event_id']);
  expect(ids).toEqual(status === 202 ? ['evt_first'] : []);
}

describe('where a body ends cannot be disputed', () => {
  test.each([
    ['CL.TE', `Content-Length: ${5 + SMUGGLED.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['TE.CL', `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`],
    ['both, that agree', `Content-Length: ${CHUNKED.length}\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}`],
    ['TE twice', `Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE not chunked last', `Transfer-Encoding: chunked, identity\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE unknown', `Transfer-Encoding: xchunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE in quotes', `Transfer-Encoding: "chunked"\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE after a vertical tab', `Transfer-Encoding: \vchunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['a space before the colon of TE', `Transfer-Encoding : chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['a folded TE', `Transfer-Encoding:\r\n chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE after a bare line feed', `X: y\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE after a bare carriage return', `X: y\rTransfer-Encoding: chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['TE after a NUL', `X: y\0Transfer-Encoding: chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['CL twice, apart', `Content-Length: ${GOOD.length}\r\nContent-Length: 0\r\n\r\n${GOOD}${SMUGGLED}`],
    ['CL twice, alike', `Content-Length: ${GOOD.length}\r\nContent-Length: ${GOOD.length}\r\n\r\n${GOOD}`],
    ['CL as a list', `Content-Length: ${GOOD.length}, ${GOOD.length}\r\n\r\n${GOOD}${SMUGGLED}`],
    ['CL with a sign', `Content-Length: +${GOOD.length}\r\n\r\n${GOOD}${SMUGGLED}`],
    ['CL below zero', `Content-Length: -1\r\n\r\n${GOOD}${SMUGGLED}`],
    ['CL in hexadecimal', `Content-Length: 0x${GOOD.length.toString(16)}\r\n\r\n${GOOD}${SMUGGLED}`],
    ['CL beyond 64 bits', `Content-Length: 18446744073709551617\r\n\r\n${GOOD}${SMUGGLED}`],
    ['CL empty', `Content-Length:\r\n\r\n${GOOD}${SMUGGLED}`],
    ['a space before the colon of CL', `Content-Length : ${GOOD.length}\r\n\r\n${GOOD}${SMUGGLED}`],
    [
      'a chunk beyond 64 bits',
      `Transfer-Encoding: chunked\r\n\r\n1${'0'.repeat(16)}\r\n${GOOD}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['a chunk below zero', `Transfer-Encoding: chunked\r\n\r\n-1\r\n${GOOD}\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk with 0x', `Transfer-Encoding: chunked\r\n\r\n0x${chunk(GOOD)}0\r\n\r\n${SMUGGLED}`],
    ['a space before a chunk', `Transfer-Encoding: chunked\r\n\r\n ${chunk(GOOD)}0\r\n\r\n${SMUGGLED}`],
    ['chunks ended by line feeds', `Transfer-Encoding: chunked\r\n\r\n${CHUNKED.replaceAll('\r\n', '\n')}${SMUGGLED}`],
    [
      'a line feed in a chunk extension',
      `Transfer-Encoding: chunked\r\n\r\n${GOOD.length.toString(16)};x\n\r\n${GOOD}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['a chunk longer than it says', `Transfer-Encoding: chunked\r\n\r\n1\r\n${GOOD}\r\n0\r\n\r\n${SMUGGLED}`],
    ['a trailer that is no header', `Transfer-Encoding: chunked\r\n\r\n${chunk(GOOD)}0\r\nGET / HTTP/1.1\r\n\r\n`],
    ['a header without a colon', `Nonsense\r\n\r\n${SMUGGLED}`],
    ['a header without a name', `: x\r\n\r\n${SMUGGLED}`],
  ])('%s: refused, and the connection is closed', async (_, rest) => {
    await expectOneRequest(HEAD + rest, 400);
  });

  test('bare line feeds throughout', async () => {
    await expectOneRequest(`${HEAD}Content-Length: ${GOOD.length}\r\n\r\n`.replaceAll('\r\n', '\n') + GOOD, 400);
  });

  test.each([
    ['chunked, in another case', `transfer-ENCODING: chunKed\r\n\r\n${CHUNKED}`],
    ['a chunk extension', `Transfer-Encoding: chunked\r\n\r\n${CHUNKED.replace('\r\n', ';a=b;c="d"\r\n')}`],
    [
      'a trailer with another credential',
      `Transfer-Encoding: chunked\r\n\r\n${chunk(GOOD)}0\r\nAuthorization: x\r\n\r\n`,
    ],
  ])('%s: one request, which is good', async (_, rest) => {
    await expectOneRequest(HEAD + rest, 202);
  });
});

describe('what is left of a body that nobody read is no request', () => {
  const length = `Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
  const start = (line: string): string => `${line} HTTP/1.1\r\nHost: headgate.test\r\n`;
  test.each([
    ['no credential', `${start('POST /v1/events')}${length}`, 401],
    ['a bad credential', `${start('POST /v1/events')}Authorization: Bearer x\r\n${length}`, 401],
    [
      'a type that is not supported',
      `${start('POST /v1/events')}${AUTHORIZATION}\r\nContent-Type: a/b\r\n${length}`,
      415,
    ],
    ['a method that is not allowed', `${start('PUT /v1/events')}${AUTHORIZATION}\r\n${length}`, 405],
    ['a GET', `${start('GET /v1/events')}${AUTHORIZATION}\r\n${length}`, 405],
    ['no path of ours', `${start('POST /nowhere')}${AUTHORIZATION}\r\n${length}`, 404],
    ['a forged push', `${start('POST /push')}Authorization: Bearer x\r\n${length}`, 401],
    ['a probe', `${start('POST /healthz')}${length}`, 405],
    ['chunks of it', `${start('POST /v1/events')}Transfer-Encoding: chunked\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`, 401],
    ['a host that is none', `POST /v1/events HTTP/1.1\r\nHost: a/b?c\r\n${length}`, 400],
    ['two hosts', `${start('POST /v1/events')}${AUTHORIZATION}\r\nHost: other.test\r\n${length}`, 400],
    ['one host twice', `${start('POST /v1/events')}hOST: headgate.test\r\n${AUTHORIZATION}\r\n${length}`, 400],
    ['a probe of two hosts', `${start('GET /healthz')}Host: other.test\r\n${length}`, 400],
    ['an expectation that is none', `${start('POST /v1/events')}Expect: the-unexpected\r\n${length}`, 417],
    ['a space too many', `${start('POST  /v1/events')}${length}`, 401],
    ['an upgrade', `${start('GET /v1/events')}Connection: Upgrade\r\nUpgrade: h2c\r\n${length}`, 405],
  ])('%s', async (_, bytes, status) => {
    await expectOneRequest(bytes, status);
  });
});

describe('requests one after another on a connection', () => {
  test('the credential of one is not that of the next', async () => {
    const good = bytesOf({ headers: [bearer(keyOf('acme')), JSON_TYPE], body: GOOD }).toString('latin1');
    const without = bytesOf({ headers: [JSON_TYPE], body: JSON.stringify(anEvent()) }).toString('latin1');
    const [first, second, ...more] = await answersTo(good + without);
    expect(acceptedIds(first!)).toEqual(['evt_first']);
    expectRefusal(second!, 401, 'missing_credentials');
    expect(more).toEqual([]);
    expect(await published()).toHaveLength(1);
  });

  test('each is for the tenant of its own credential', async () => {
    const requests = ['acme', 'acme-eu', 'acme'].map((tenant) =>
      bytesOf({ headers: [bearer(keyOf(tenant)), JSON_TYPE], body: JSON.stringify(anEvent()) }).toString('latin1'),
    );
    const answers = await answersTo(requests.join(''));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const topics = (await published()).map(({ topic, attributes }) => `${topic} ${attributes['tenant_id']}`);
    expect(topics.sort()).toEqual(['acme-eu.events acme-eu', 'acme.events acme', 'acme.events acme']);
  });

  test.each([
    ['HTTP/0.9', 'GET /v1/events\r\n\r\n'],
    ['HTTP/2 that was not agreed on', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/3.0', 'GET /v1/events HTTP/3.0\r\nHost: headgate.test\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a method of another protocol', 'HELO headgate.test\r\n\r\n'],
    ['no host', 'POST /v1/events HTTP/1.1\r\n\r\n'],
  ])('%s: refused, and the connection is closed', async (_, bytes) => {
    await expectOneRequest(bytes, 400);
  });

  test.each(['headgate.test:443', '127.0.0.1:8086', '*'])('CONNECT %s: closed, nothing is reached', async (target) => {
    expect(await answersTo(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${AUTHORIZATION}\r\n\r\n`)).toEqual([]);
  });
});
