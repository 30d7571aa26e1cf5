import { randomUUID } from 'node:crypto';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FirestoreServer, startFirestore } from '#emulator/firestore/index.ts';
import { createFirestoreMarks } from '#functions/ingest/deduplication/firestore-marks.ts';
import { createFirestoreRecords } from '#functions/ingest/idempotency/firestore-records.ts';
import type { IdempotencyRecord } from '#functions/ingest/idempotency/record.ts';
import { RecordConflictError } from '#functions/ingest/idempotency/records.ts';
import { createRemembering } from '#functions/ingest/idempotency/remembering.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import { idempotencyDocumentPath } from '#shared/naming/firestore-paths.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { createBestEffort } from '#shared/outage/best-effort.ts';

const acme = TenantId.parse('acme');

let server: FirestoreServer;
let clients: Firestore[];

beforeAll(async () => {
  server = await startFirestore({ host: '127.0.0.1', port: 0 });
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', server.address);
  clients = [0, 1].map(() => new Firestore({ projectId: 'headgate-test' }));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.terminate()));
  await server.close();
  vi.unstubAllEnvs();
});

describe('records in Firestore', () => {
  const record: IdempotencyRecord = {
    fingerprint: 'f',
    owner: 'a',
    expiresAtMs: 1_800_000_000_000,
    leaseExpiresAtMs: 1_700_000_000_000,
    answer: undefined,
  };
  const aPath = (): string => idempotencyDocumentPath(acme, randomUUID());

  test('a record is the same again, with and without an answer', async () => {
    const records = createFirestoreRecords(clients[0]!);
    const path = aPath();
    expect(await records.read(path)).toBeUndefined();
    const made = await records.create(path, record);
    expect((await records.read(path))?.record).toEqual(record);
    const answer = Buffer.from([0, 1, 255]);
    const answered = await records.replace(path, { ...record, answer }, made);
    expect((await records.read(path))?.record).toEqual({ ...record, answer });
    await records.replace(path, record, answered);
    expect((await records.read(path))?.record).toEqual(record);
  });

  test('nothing is written that is not based on the present state', async () => {
    const records = createFirestoreRecords(clients[0]!);
    const path = aPath();
    const first = await records.create(path, record);
    await expect(records.create(path, record)).rejects.toThrow(RecordConflictError);
    const second = await records.replace(path, { ...record, owner: 'b' }, first);
    await expect(records.replace(path, record, first)).rejects.toThrow(RecordConflictError);
    await expect(records.remove(path, first)).rejects.toThrow(RecordConflictError);
    expect((await records.read(path))?.record.owner).toBe('b');
    await records.remove(path, second);
    await expect(records.replace(path, record, second)).rejects.toThrow(RecordConflictError);
    await expect(records.remove(path, second)).rejects.toThrow(RecordConflictError);
  });

  test('of twenty attempts on two instances at once, one is processed, and the others learn of it', async () => {
    const instances = clients.map((client) =>
      createRemembering({
        records: createFirestoreRecords(client),
        effort: createBestEffort({ deadlineMs: 5_000, onFailure: ({ error }) => expect.fail(String(error)) }),
        nowMs: Date.now,
      }),
    );
    const request = { tenantId: acme, projectId: undefined, key: randomUUID(), path: '/v1/events', fingerprint: 'f' };
    const answer = { status: 202, contentType: 'application/json', headers: {}, body: '{}', isFinal: true };
    let runs = 0;
    const attempts = Array.from({ length: 20 }, async (_, index) => {
      const answered = instances[index % 2]!.once(request, async () => {
        runs++;
        return answer;
      });
      return answered.then(
        ({ headers }) => (headers['idempotent-replayed'] === 'true' ? 'replayed' : 'processed'),
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
      );
    });
    const outcomes = await Promise.all(attempts);
    expect(runs).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'processed')).toHaveLength(1);
    const others = outcomes.filter((outcome) => outcome !== 'processed');
    expect(others.filter((outcome) => outcome !== 'replayed' && outcome !== 'idempotency_key_in_flight')).toEqual([]);
    expect(await instances[1]!.once(request, () => expect.fail('processed again'))).toMatchObject({ body: '{}' });
  });
});

test('2,500 marks in Firestore: those that are there are found, with their time', async () => {
  const marks = createFirestoreMarks(clients[0]!);
  const digests = Array.from({ length: 2_500 }, () => randomUUID());
  await marks.write(acme, digests.slice(0, 2_001), 1_800_000_000_000);
  const found = await createFirestoreMarks(clients[1]!).read(acme, digests);
  expect(found).toEqual(new Map(digests.slice(0, 2_001).map((digest) => [digest, 1_800_000_000_000])));
  expect(await marks.read(TenantId.parse('globex'), digests)).toEqual(new Map());
});
