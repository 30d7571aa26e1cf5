import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { startNodeHost } from '#shared/hosting/node-host.ts';
import { createTenantGate } from '#shared/limits/gate.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { setUp } from './fixtures.ts';

/** The whole application on a port, for a tenant that has sent all it may. */
async function startExhausted() {
  const settings = TenantSettings.parse({ tenantId: 'acme', mode: 'open', limits: { eventsPerDay: 0 } });
  const gate = createTenantGate({
    settle: async () => undefined,
    instanceId: 'i1',
    bounds: { requests: 100, bodyBytes: 100_000_000 },
    maxBodyBytes: 10_000_000,
  });
  const { app, apiKey } = setUp({ deps: { gate, tenants: { get: async () => settings } } });
  const host = await startNodeHost({ app, host: '127.0.0.1', port: 0 });
  return { url: host.url, apiKey, close: () => host.drain({ graceMs: 0, deadlineMs: 1_000 }) };
}

/** @returns the status, or the code of the connection's error */
function post(url: string, apiKey: string, bytes: number, agent: Agent): Promise<number | string> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': bytes,
  };
  return new Promise((resolve) => {
    const call = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    call.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    call.end(Buffer.alloc(bytes, ' '));
  });
}

test.each([1_000, 1_000_000, 10_000_000])(
  'a client that is refused before its body of %i bytes is read gets its answer, and so does its next request',
  async (bytes) => {
    const { url, apiKey, close } = await startExhausted();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 5; round++) expect(await post(url, apiKey, bytes, agent)).toBe(429);
    agent.destroy();
    await close();
  },
);
