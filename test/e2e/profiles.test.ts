import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DocumentReference, Firestore, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type FirestoreServer, startFirestore } from '#emulator/firestore/index.ts';
import { createApplier } from '#functions/decide/applying/applier.ts';
import { counting, totalOf } from '#functions/decide/applying/fixtures.ts';
import { ACME } from '#functions/decide/fixtures.ts';
import { EMPTY_PROFILE } from '#functions/decide/profile/profile.ts';
import type { Profile } from '#functions/decide/profile/profile.ts';
import { createFirestoreProfiles } from '#functions/decide/storage/firestore-profiles.ts';
import { ConflictError } from '#functions/decide/storage/profile-repository.ts';
import type { ProfileChange, ProfileRepository } from '#functions/decide/storage/profile-repository.ts';
import { MAX_MARKS, MAX_UNPUBLISHED_BYTES } from '#functions/decide/storage/subject-record.ts';
import type { Decision } from '#shared/events/decision.ts';
import { oldAppliedDocumentPath, subjectDocumentPath } from '#shared/naming/firestore-paths.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const RETENTION_MS = 400 * DAY_MS;

let server: FirestoreServer | undefined;
let firestore: Firestore;
let profiles: ProfileRepository;
/** Paths of the documents read since the last call of {@link documentsRead}. */
const read: string[] = [];

beforeAll(async () => {
  if (process.env['FIRESTORE_EMULATOR_HOST'] === undefined) {
    server = await startFirestore({ host: '127.0.0.1', port: 0 });
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', server.address);
  }
  firestore = new Firestore({ projectId: `headgate-test-${randomUUID().slice(0, 8)}` });
  const getAll = firestore.getAll.bind(firestore);
  vi.spyOn(firestore, 'getAll').mockImplementation((...refs) => {
    for (const ref of refs) if (ref instanceof DocumentReference) read.push(ref.path);
    return getAll(...refs);
  });
  profiles = createFirestoreProfiles(firestore);
});
afterAll(async () => {
  await firestore.terminate();
  await server?.close();
  vi.unstubAllEnvs();
});

const documentsRead = (): number => read.splice(0).length;
const aSubject = (): string => `cus_${randomUUID()}`;
const documentsOfMessages = async (): Promise<number> =>
  (await firestore.collection(`tenants/${ACME}/applied`).get()).size;

function changeOf(subject: string, basedOn: unknown, messageKey: string, decisions: Decision[] = []): ProfileChange {
  return {
    tenantId: ACME,
    subject,
    profile: EMPTY_PROFILE,
    basedOn,
    applied: new Map([[messageKey, { decisions, published: decisions.length === 0 }]]),
    published: new Set(),
    retentionMs: RETENTION_MS,
  };
}

async function reading(subject: string, ...messageKeys: string[]) {
  const [one] = await profiles.read([{ tenantId: ACME, subject, messageKeys }]);
  return one!;
}

test('an event takes one document read and one written, and says when its subject is forgotten', async () => {
  const subject = aSubject();
  const { apply } = createApplier({ profiles });
  documentsRead();
  for (const id of ['evt_1', 'evt_2']) expect(await apply(counting(subject, id))).toMatchObject({ status: 'applied' });
  expect(await apply(counting(subject, 'evt_1'))).toMatchObject({ status: 'duplicate' });
  expect(documentsRead()).toBe(3);
  expect(await documentsOfMessages()).toBe(0);
  const document = await firestore.doc(subjectDocumentPath(ACME, subject)).get();
  const expireAtMs = (document.get('expireAt') as Timestamp).toMillis();
  expect(Math.abs(expireAtMs - Date.now() - RETENTION_MS)).toBeLessThan(DAY_MS);
});

test('no field of a subject is indexed, and the one that says when it is forgotten is the policy’s', async () => {
  const subject = aSubject();
  await createApplier({ profiles }).apply(counting(subject, 'evt_1'));
  const document = await firestore.doc(subjectDocumentPath(ACME, subject)).get();
  const { fieldOverrides } = JSON.parse(await readFile('firestore.indexes.json', 'utf8')) as {
    fieldOverrides: { collectionGroup: string; fieldPath: string; ttl: boolean }[];
  };
  const overridden = fieldOverrides.filter(({ collectionGroup }) => collectionGroup === 'subjects');
  expect(overridden.map(({ fieldPath }) => fieldPath).toSorted()).toEqual(
    Object.keys(document.data() ?? {}).toSorted(),
  );
  expect(overridden.filter(({ ttl }) => ttl).map(({ fieldPath }) => fieldPath)).toEqual(['expireAt']);
});

test('a profile as large as one gets, all its marks and all decisions that may wait fit into a document', async () => {
  const subject = 'ü'.repeat(128);
  const profile = { ...EMPTY_PROFILE, properties: { text: 'x'.repeat(900 * 1024) } } as unknown as Profile;
  const decision = { id: 'dec_1', text: 'y'.repeat(200) } as unknown as Decision;
  const bytesEach = JSON.stringify([decision]).length;
  const count = Math.floor(MAX_UNPUBLISHED_BYTES / bytesEach);
  const applied = new Map(
    Array.from({ length: MAX_MARKS }, (_, i) => [
      `m${i}`,
      i < count ? { decisions: [decision], published: false } : { decisions: [], published: true },
    ]),
  );
  await profiles.commit([{ ...changeOf(subject, undefined, ''), profile, applied }]);
  expect((await reading(subject, ...applied.keys())).applied).toEqual(applied);
  expect(await documentsOfMessages()).toBe(0);
});

test('of a subject with more messages than its document remembers, each still counts once', async () => {
  const subject = aSubject();
  const { apply } = createApplier({ profiles });
  const applications = Array.from({ length: MAX_MARKS + 60 }, (_, i) => counting(subject, `evt_${i}`));
  for (const application of applications) void apply(application);
  expect(await apply(applications.at(-1)!)).toMatchObject({ status: 'duplicate' });
  documentsRead();
  const again = await Promise.all([0, 59, 60, 500].map((i) => apply(applications[i]!)));
  expect(again.map(({ status }) => status)).toEqual(again.map(() => 'duplicate'));
  // The subject's, and those of the two that had to move out.
  expect(documentsRead()).toBe(3);
  expect(await totalOf(profiles, subject)).toBe(applications.length);
});

test('a profile of the form before, and its messages, are honoured for 38 days', async () => {
  const subject = aSubject();
  const decision = { id: 'dec_1' } as Decision;
  await firestore.doc(subjectDocumentPath(ACME, subject)).set({ subject, state: JSON.stringify(EMPTY_PROFILE) });
  const old = (id: string) => firestore.doc(oldAppliedDocumentPath(ACME, `events:${id}`));
  await old('evt_quiet').set({ expireAt: Timestamp.fromMillis(Date.now() + DAY_MS) });
  await old('evt_decided').set({
    expireAt: Timestamp.fromMillis(Date.now() + DAY_MS),
    decisions: JSON.stringify([decision]),
    published: false,
  });

  const { apply, markPublished } = createApplier({ profiles });
  expect(await apply(counting(subject, 'evt_quiet'))).toMatchObject({ status: 'duplicate' });
  expect(await apply(counting(subject, 'evt_new'))).toMatchObject({ status: 'applied' });
  // The document has the new form now, and remembers that there was another.
  expect(await apply(counting(subject, 'evt_quiet'))).toMatchObject({ status: 'duplicate' });
  const application = counting(subject, 'evt_decided');
  const decided = await apply(application);
  expect(decided).toMatchObject({ status: 'duplicate', message: { decisions: [decision], published: false } });
  if ('message' in decided) await markPublished(application, decided.message);
  expect(await apply(application)).toMatchObject({ message: { published: true } });

  const later = createFirestoreProfiles(firestore, () => Date.now() + 39 * DAY_MS);
  documentsRead();
  const [after] = await later.read([{ tenantId: ACME, subject, messageKeys: ['events:evt_quiet'] }]);
  expect([after?.applied.size, documentsRead()]).toEqual([0, 1]);
});

test('decisions stay recorded with the profile until they are published', async () => {
  const subject = aSubject();
  const decision = { id: 'dec_1', params: { nested: [[1]] } } as unknown as Decision;
  await profiles.commit([changeOf(subject, undefined, 'a', [decision])]);
  const first = await reading(subject, 'a');
  expect(first.applied.get('a')).toEqual({ decisions: [decision], published: false });
  await profiles.markPublished({ tenantId: ACME, subject }, new Set(['a']));
  expect((await reading(subject, 'a')).applied.get('a')).toEqual({ decisions: [], published: true });
  // Whoever read before that is in conflict, and must not bring them back.
  await expect(profiles.commit([changeOf(subject, first.version, 'b')])).rejects.toThrow(ConflictError);
});

test('of two commits that are based on the same state, one is in conflict, and leaves nothing', async () => {
  const subject = aSubject();
  const basedOn = await reading(subject);
  const commits = ['a', 'b'].map((key) => profiles.commit([changeOf(subject, basedOn.version, key)]));
  const outcomes = await Promise.allSettled(commits);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await reading(subject, 'a', 'b')).applied.size).toBe(1);
});
