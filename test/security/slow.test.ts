import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { Connection } from '#test/wire/connection.ts';
import { acceptedIds, api, bearer, functionsPid, keyOf, postWith, published } from './world.ts';

const CONNECTIONS = 300;
const AUTHORIZATION = bearer(keyOf('acme-eu')).join(': ');
const HEAD = 'POST /v1/events HTTP/1.1\r\nHost: headgate.test\r\nContent-Type: application/json\r\n';

// That such connections are closed in the end takes half a minute to see: `npm run test:fuzz:ingest` does.
describe('300 requests that never end', () => {
  test.each([
    ['nothing is sent', ''],
    ['the headers do not end', `${HEAD}X: `],
    ['the body does not end, without a credential', `${HEAD}Content-Length: 1000\r\n\r\n{`],
    ['the body does not end', `${HEAD}${AUTHORIZATION}\r\nContent-Length: 1000\r\n\r\n{`],
    ['a chunk does not end', `${HEAD}${AUTHORIZATION}\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n{`],
    [
      'the compressed body does not end',
      `${HEAD}${AUTHORIZATION}\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n`,
    ],
  ])('%s: others are served as ever', async (_, opening) => {
    const pid = await functionsPid();
    const slow = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(api)));
    for (const connection of slow) connection.write(opening);
    for (let round = 0; round < 5; round++) {
      for (const connection of slow) connection.write('a');
      for (const tenant of ['acme', 'globex']) {
        expect(acceptedIds(await postWith(keyOf(tenant), anEvent()))).toHaveLength(1);
      }
    }
    expect((await published()).map(({ topic }) => topic).filter((topic) => topic.startsWith('acme-eu'))).toEqual([]);
    for (const connection of slow) connection.close();
    expect(await functionsPid()).toBe(pid);
  });
});
