import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import type { v1 } from '@google-cloud/pubsub-api';
import type { credentials } from '@grpc/grpc-js';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { leaveOut } from './leave-out.ts';

interface Clients {
  readonly Firestore: typeof Firestore;
  readonly credentials: typeof credentials;
  readonly v1: typeof v1;
}

let directory: string;
let clients: Clients;

beforeAll(async () => {
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', '127.0.0.1:1');
  directory = await mkdtemp(join(tmpdir(), 'headgate-leave-out-'));
  const outfile = join(directory, 'clients.cjs');
  const contents = `
    export { Firestore } from '@google-cloud/firestore';
    export { v1 } from '@google-cloud/pubsub-api';
    export { credentials } from '@grpc/grpc-js';`;
  const stdin = { contents, resolveDir: import.meta.dirname };
  const { onEnd, plugin } = leaveOut();
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'cjs', plugins: [plugin], logLevel: 'error' });
  onEnd();
  clients = createRequire(import.meta.url)(outfile) as Clients;
}, 60_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

/** Of Firestore's own; each holds a connection, for a hundred operations at a time. */
interface Pool {
  run(
    tag: string,
    requiresGrpc: boolean,
    operation: (client: { initialize(): Promise<unknown> }) => Promise<void>,
  ): Promise<void>;
}

test('operations that took more than one connection succeed also where the connection is closed after them', async () => {
  const firestore = new clients.Firestore({ projectId: 'headgate-test' });
  const { _clientPool: pool } = firestore as unknown as { readonly _clientPool: Pool };
  const operation = async (client: { initialize(): Promise<unknown> }): Promise<void> =>
    void (await client.initialize());
  const all = Promise.all(Array.from({ length: 250 }, (_, index) => pool.run(`operation-${index}`, true, operation)));
  await expect(all).resolves.toHaveLength(250);
  await firestore.terminate();
});

test('the client of Pub/Sub closes', async () => {
  const sslCreds = clients.credentials.createInsecure();
  const publisher = new clients.v1.PublisherClient({ servicePath: '127.0.0.1', port: 1, sslCreds });
  await publisher.initialize();
  await expect(publisher.close()).resolves.toBeUndefined();
});
