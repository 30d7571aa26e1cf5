import { once } from 'node:events';
import { connect } from 'node:net';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { expect, test } from 'vitest';
import { registerFunction } from './functions-framework-host.ts';
import { startNodeHost } from './node-host.ts';
import { TIMEOUTS } from './timeouts.ts';

const app = { fetch: () => new Response('ok') };
/** The table's, but for what would take a while to see; a missing interval would be Node's 30 s. */
const timeouts = { ...TIMEOUTS, headersTimeout: 200, connectionsCheckingInterval: 50 };
const DRIBBLE_MS = 20;

test.each([
  ['the small host', () => startNodeHost({ app, host: '127.0.0.1', port: 0, timeouts })],
  [
    'functions-framework',
    () => {
      const registered = registerFunction('slow-headers', app, timeouts);
      getTestServer('slow-headers').listen(0);
      return registered;
    },
  ],
])('%s ends a connection whose headers trickle', async (_name, start) => {
  const host = await start();
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.write('POST / HTTP/1.1\r\nhost: a\r\nx: ');
  const dribble = setInterval(() => socket.write('a'), DRIBBLE_MS);
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  clearInterval(dribble);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  await host.drain({ graceMs: 0, deadlineMs: 1_000 });
});

test('headers have a quarter of a minute at most', () => {
  expect(TIMEOUTS.headersTimeout + TIMEOUTS.connectionsCheckingInterval).toBeLessThanOrEqual(15_000);
});
