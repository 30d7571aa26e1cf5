import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startNodeHost } from './node-host.ts';

const CLIENTS = 50;

function ask(url: string): Promise<readonly [number | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    get(url, { agent: new Agent({ keepAlive: true }) }, (response) => {
      response.resume();
      response.once('end', () => resolve([response.statusCode, response.headers.connection]));
    }).once('error', reject);
  });
}

test('who waits in the queue of the listening socket when draining begins is answered, and told to close', async () => {
  const app = { fetch: async () => new Response('ok') };
  const host = await startNodeHost({ app, host: '127.0.0.1', port: 0 });
  // The system accepts connections at once; the server looks for them only when this turn of the event loop is over.
  const answers = Array.from({ length: CLIENTS }, () => ask(host.url));
  const drained = host.drain({ graceMs: 500, deadlineMs: 5_000 });
  expect(await Promise.all(answers)).toEqual(answers.map(() => [200, 'close']));
  expect(await drained).toBe(0);
  await expect(ask(host.url)).rejects.toThrow('ECONNREFUSED');
});

test('one of them that is reset at once disturbs nobody', async () => {
  const app = { fetch: async () => new Response('ok') };
  const host = await startNodeHost({ app, host: '127.0.0.1', port: 0 });
  const answer = ask(host.url);
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  socket.once('connect', () => socket.write('GET / HTTP/1.1\r\n', () => socket.resetAndDestroy()));
  const drained = host.drain({ graceMs: 500, deadlineMs: 5_000 });
  expect(await answer).toEqual([200, 'close']);
  expect(await drained).toBe(0);
});
