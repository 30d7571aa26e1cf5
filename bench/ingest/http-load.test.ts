import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fullLoad } from './full-load.ts';
import type { HttpTarget } from './http-target.ts';
import { pacedLoad } from './paced-load.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Answers the nth request with `answer(n)`, counted from 1, and remembers bodies. */
async function startServer(
  answer: (n: number) => { status: number; accepted?: number },
): Promise<HttpTarget & { bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { status, accepted } = answer(bodies.push(text));
      response.writeHead(status).end(JSON.stringify({ accepted }));
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, headers: { 'x-test': '1' }, bodies };
}

test('a full load ends after its last answer, and what is not 202 is an error', async () => {
  const target = await startServer((n) => ({ status: n % 10 === 0 ? 503 : 202, accepted: 2 }));
  const load = await fullLoad(target, ['a', 'b'], 2, { requests: 100 });
  expect(load).toMatchObject({ requests: 90, events: 180, errors: 10 });
  expect(load.latenciesMs).toHaveLength(90);
  expect(target.bodies).toHaveLength(100);
  expect(new Set(target.bodies)).toEqual(new Set(['a', 'b']));
});

test('a full load sees a 202 that does not say that all was accepted', async () => {
  const target = await startServer(() => ({ status: 202, accepted: 1 }));
  expect((await fullLoad(target, ['a'], 2, { requests: 100 })).errors).toBe(5);
});

test('a paced load sends what is due, and counts what failed', async () => {
  const target = await startServer((n) => ({ status: n === 3 ? 503 : 202, accepted: 100 }));
  const load = await pacedLoad([target], ['a', 'b'], 100, 100_000, 0.02);
  expect(load).toMatchObject({ requests: 19, events: 1_900, errors: 1 });
  expect(target.bodies.toSorted()).toEqual([...Array<string>(10).fill('a'), ...Array<string>(10).fill('b')]);
});

test('a paced load goes to its targets by turns', async () => {
  const targets = [
    await startServer(() => ({ status: 202, accepted: 1 })),
    await startServer(() => ({ status: 202, accepted: 1 })),
  ];
  expect(await pacedLoad(targets, ['a'], 1, 1_000, 0.01)).toMatchObject({ requests: 10, errors: 0 });
  expect(targets.map(({ bodies }) => bodies.length)).toEqual([5, 5]);
});

test('where nobody listens, every paced request is an error', async () => {
  const load = await pacedLoad([{ url: 'http://127.0.0.1:1/', headers: {} }], ['a'], 1, 10_000, 0.001);
  expect(load).toMatchObject({ requests: 0, errors: 10 });
});
