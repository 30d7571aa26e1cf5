import { randomUUID } from 'node:crypto';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type FirestoreServer, startFirestore } from '#emulator/firestore/index.ts';
import { aSettling } from '#shared/limits/lease/fixtures.ts';
import { type Settle, settleIn } from '#shared/limits/lease/settle-in.ts';
import { usageDocumentPath } from '#shared/naming/firestore-paths.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { createBestEffort } from '#shared/outage/best-effort.ts';

const INSTANCES = ['i0', 'i1', 'i2', 'i3'];
const TENANTS = 20;
const ROUNDS = 4;

let server: FirestoreServer | undefined;
let clients: Firestore[];

beforeAll(async () => {
  if (process.env['FIRESTORE_EMULATOR_HOST'] === undefined) {
    server = await startFirestore({ host: '127.0.0.1', port: 0 });
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', server.address);
  }
  const projectId = `headgate-test-${randomUUID().slice(0, 8)}`;
  clients = INSTANCES.map(() => new Firestore({ projectId }));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.terminate()));
  await server?.close();
  vi.unstubAllEnvs();
});

function settlerOf(client: Firestore, deadlineMs: number): Settle {
  return settleIn(client, createBestEffort({ deadlineMs, onFailure: () => undefined }));
}

async function usageOf(tenantId: TenantId): Promise<Record<string, unknown> | undefined> {
  return (await clients[0]?.doc(usageDocumentPath(tenantId)).get())?.data();
}

test('four instances settle the same tenants at the same time, and all of it counts once', async () => {
  const tenants = Array.from({ length: TENANTS }, (_, index) => TenantId.parse(`shared-${index}`));
  const failed = await Promise.all(
    INSTANCES.map(async (instanceId, index) => {
      const client = clients[index];
      if (client === undefined) throw new Error('a client each');
      const settle = settlerOf(client, 20_000);
      let failures = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        const reports = tenants.map((tenantId) => aSettling(tenantId, round * (index + 1), { instanceId }));
        const grants = await Promise.all(reports.map((report) => settle(report, false)));
        failures += grants.filter((grant) => grant === undefined).length;
      }
      return failures;
    }),
  );
  // What is given up as too contended is in the next round's report, and after the last one here.
  const settle = settlerOf(clients[0]!, 20_000);
  for (const [index, instanceId] of INSTANCES.entries()) {
    const reports = tenants.map((tenantId) => aSettling(tenantId, ROUNDS * (index + 1), { instanceId }));
    expect(await Promise.all(reports.map((report) => settle(report, false)))).not.toContain(undefined);
  }
  expect(failed.reduce((sum, count) => sum + count, 0)).toBeLessThan(TENANTS);
  for (const tenantId of tenants) {
    const used = INSTANCES.map((_, index) => ROUNDS * (index + 1));
    expect(await usageOf(tenantId)).toMatchObject({
      events: { ofDay: used.reduce((sum, events) => sum + events, 0) },
      holders: Object.fromEntries(INSTANCES.map((id, index) => [id, { events: { used: used[index] } }])),
    });
  }
});

test('a tenant whose document is locked fails alone at the second try, and nobody is counted twice', async () => {
  const [locked, free] = [TenantId.parse('locked'), TenantId.parse('free')];
  const settle = settlerOf(clients[0]!, 400);
  for (const tenantId of [locked, free]) await settle(aSettling(tenantId, 1, { instanceId: 'i0' }), false);
  await clients[1]!.runTransaction(async (transaction) => {
    await transaction.get(clients[1]!.doc(usageDocumentPath(locked)));
    const both = [locked, free].map((tenantId) => aSettling(tenantId, 5, { instanceId: 'i0' }));
    const first = await Promise.all(both.map((settling) => settle(settling, false)));
    expect(first[0]).toBeUndefined();
    const second = await Promise.all(both.map((settling) => settle(settling, true)));
    expect(second).toMatchObject([undefined, { events: { ofDay: 5 } }]);
  });
  const settling = settle(aSettling(locked, 6, { instanceId: 'i0' }), true);
  await vi.waitFor(async () => expect(await usageOf(locked)).toMatchObject({ events: { ofDay: 6 } }), 10_000);
  await settling;
  expect(await usageOf(free)).toMatchObject({ events: { ofDay: 5 } });
});
