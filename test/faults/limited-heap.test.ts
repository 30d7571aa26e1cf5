import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { MEMORY_MIB, nodeOptionsFor } from '#infra/components/instance-memory.ts';
import { anEvent } from '#test/stack/event.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';

/** As many pushes as the platform sends an instance at a time. */
const AT_ONCE = 80;

let stack: TestStack;
let decide: FunctionsInstance;
const tokens = { acme: '', globex: '' };

beforeAll(async () => {
  stack = await startStack();
  decide = await startFunctionsInstance(stack, 'node', {
    FUNCTIONS: 'decide',
    NODE_OPTIONS: nodeOptionsFor(MEMORY_MIB.decide),
    OIDC_JWKS_URL: `http://${stack.pubsub}/oauth2/v3/certs`,
    LOG_LEVEL: 'fatal',
  });
  tokens.acme = await tokenOf('acme');
  tokens.globex = await tokenOf('globex');
});
afterAll(async () => {
  await decide.end();
  await stack.stop();
});

const Subscription = z.object({ pushConfig: z.object({ oidcToken: z.record(z.string(), z.string()) }) });

/** The authorization that the pushes of a tenant carry: Pub/Sub signs it for another subscription as well. */
async function tokenOf(tenant: string): Promise<string> {
  const call = async (method: string, path: string, content?: object): Promise<unknown> => {
    const url = `http://${stack.pubsub}/v1/projects/${stack.project}/${path}`;
    const body = content === undefined ? null : JSON.stringify(content);
    const answer = await fetch(url, { method, body, signal: AbortSignal.timeout(10_000) });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const { oidcToken } = Subscription.parse(await call('GET', `subscriptions/${tenant}.events.decide`)).pushConfig;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const topic = `projects/${stack.project}/topics/token-${tenant}`;
  await call('PUT', `topics/token-${tenant}`, {});
  await call('PUT', `subscriptions/token-${tenant}`, { topic, pushConfig: { pushEndpoint, oidcToken } });
  const pushed = once(server, 'request', { signal: AbortSignal.timeout(20_000) });
  await call('POST', `topics/token-${tenant}:publish`, { messages: [{ data: 'AA==' }] });
  const [request, response] = (await pushed) as [IncomingMessage, ServerResponse];
  response.writeHead(204).end();
  await call('DELETE', `subscriptions/token-${tenant}`);
  server.close();
  return request.headers.authorization ?? '';
}

/** A push of an event, as Pub/Sub makes it; `data` is JSON, however large. */
function bodyOf(tenant: keyof typeof tokens, id: string, data: string): Buffer {
  const event = { ...anEvent({ id, subject: `cus_${id}` }), tenant_id: tenant, received_at: '2026-11-20T10:30:00Z' };
  const text = JSON.stringify({ ...event, data: '?' }).replace('"?"', () => data);
  const message = { data: Buffer.from(text).toString('base64'), attributes: {}, messageId: id };
  const subscription = `projects/${stack.project}/subscriptions/${tenant}.events.decide`;
  return Buffer.from(JSON.stringify({ message, subscription, deliveryAttempt: 1 }));
}

/** @returns the answer's status; 0 where there was none. */
async function push(tenant: keyof typeof tokens, body: Buffer): Promise<number> {
  const headers = { authorization: tokens[tenant], 'content-type': 'application/json' };
  try {
    const answer = await fetch(`${decide.url}/push`, { method: 'POST', headers, body: new Uint8Array(body) });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return 0;
  }
}

function listOf(item: string, bytes: number): string {
  return `{"list":[${Array(Math.floor(bytes / (item.length + 1)))
    .fill(item)
    .join(',')}]}`;
}

test.each([
  ['990 KB of empty objects, more than a message may hold', listOf('{}', 990_000), 160],
  ['990 KB and as many values as a message may hold', listOf(`"${'v'.repeat(60)}"`, 990_000), 160],
  ['9.9 MB of text, as Pub/Sub takes from others', listOf(`"${'v'.repeat(99_000)}"`, 9_900_000), 80],
])(
  'in the heap of a deployed instance, 80 pushes at once of %s: it lives, and no other tenant loses an attempt',
  async (_name, data, pushes) => {
    const isOver = new AbortController();
    const quiet: number[] = [];
    const others = (async () => {
      for (; !isOver.signal.aborted; await delay(20)) {
        quiet.push(await push('globex', bodyOf('globex', `evt_${randomUUID()}`, '{"a":1}')));
      }
    })();
    const flood: number[] = [];
    const body = bodyOf('acme', `evt_${randomUUID()}`, data);
    const sendInTurn = async (): Promise<void> => {
      for (let i = 0; i < pushes / AT_ONCE; i += 1) flood.push(await push('acme', body));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sendInTurn));
    isOver.abort();
    await others;
    expect(new Set(quiet)).toEqual(new Set([204]));
    // One that is refused for want of room is delivered again, which does no harm; one without an answer was in a process that died.
    expect(flood.filter((status) => status !== 204 && status !== 503)).toEqual([]);
    expect(flood.filter((status) => status === 204).length).toBeGreaterThan(pushes / 2);
  },
  120_000,
);
