import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Caller } from '#shared/auth/caller.ts';
import type { FetchApp } from '#shared/hosting/fetch-app.ts';
import { startNodeHost } from '#shared/hosting/node-host.ts';
import { createTenantGate } from '#shared/limits/gate.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { EVENT, setUp } from './fixtures.ts';

/** Requests that the platform sends to an instance at a time; the next waits until one is answered. */
const CONCURRENCY = 80;

afterEach(() => void vi.useRealTimers());

/** `app` behind a platform that sends it no more than {@link CONCURRENCY} at a time. */
function behindPlatform(app: FetchApp): FetchApp {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  return {
    fetch: async (request) => {
      if (inFlight >= CONCURRENCY) await new Promise<void>((resolve) => waiting.push(resolve));
      inFlight++;
      try {
        return await app.fetch(request);
      } finally {
        inFlight--;
        waiting.shift()?.();
      }
    },
  };
}

/** An instance with tenants that have a token each: `acme k1` is a key of `acme`. */
async function start() {
  const gate = createTenantGate({
    settle: async () => undefined,
    instanceId: 'i1',
    bounds: { requests: CONCURRENCY, bodyBytes: 256_000_000 },
    maxBodyBytes: 10_000_000,
  });
  const authenticate = async (authorization: string | null | undefined): Promise<Caller> => {
    const [tenantId, credentialId] = (authorization ?? '').slice('Bearer '.length).split(' ');
    return {
      tenantId: TenantId.parse(tenantId),
      projectId: undefined,
      scopes: new Set(['events:write']),
      credentialId: credentialId ?? '',
      credentialKind: 'api_key',
    };
  };
  const { app } = setUp({ deps: { gate, authenticate } });
  const host = await startNodeHost({
    app: behindPlatform({ fetch: (request) => app.fetch(request) }),
    host: '127.0.0.1',
    port: 0,
  });
  const send = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${host.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(EVENT) });
    const { code } = (await response.json()) as { code?: string };
    return code ?? String(response.status);
  };
  return { ...host, send };
}

/** Requests of one key whose bodies never end. @returns what each is answered, when it is */
async function neverEnding(url: string, count: number): Promise<{ sockets: Socket[]; answers: Promise<string>[] }> {
  const head =
    'POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer acme k1\r\nContent-Type: application/json\r\n';
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = sockets.map(async (socket) => {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? '';
  });
  for (const socket of sockets) socket.write(`${head}Content-Length: 1000\r\n\r\n{`);
  return { sockets, answers };
}

/** So many of `answers` as soon as they have come. */
function first(count: number, answers: readonly Promise<string>[]): Promise<string[]> {
  const come: string[] = [];
  return new Promise((resolve) => {
    for (const answer of answers) {
      void answer.then((status) => {
        come.push(status);
        if (come.length === count) resolve(come);
      });
    }
  });
}

test('beside 80 bodies of one key that never end, another tenant is served; again and again they are let in no more', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { url, send, drain } = await start();
  const held = CONCURRENCY / 4;
  for (let round = 1; round <= 3; round++) {
    const { sockets, answers } = await neverEnding(url, CONCURRENCY);
    expect(await first(CONCURRENCY - held, answers)).toEqual(Array(CONCURRENCY - held).fill('429'));
    expect(await send('globex k')).toBe('202');
    expect(await send('acme k2')).toBe('too_many_in_flight');
    vi.advanceTimersByTime(5_100);
    expect((await Promise.all(answers)).filter((status) => status === '408')).toHaveLength(held);
    expect(await send('acme k2')).toBe('202');
    for (const socket of sockets) socket.destroy();
  }
  expect(await send('acme k1')).toBe('abnormal_usage');
  vi.useRealTimers();
  await drain({ graceMs: 0, deadlineMs: 1_000 });
});
