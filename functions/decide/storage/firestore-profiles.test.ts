import { type Firestore, Timestamp } from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { ACME } from '../fixtures.ts';
import { EMPTY_PROFILE } from '../profile/profile.ts';
import { createFirestoreProfiles } from './firestore-profiles.ts';

const LARGE = { ...EMPTY_PROFILE, properties: { note: { value: 'x'.repeat(400_000), atMs: 0, receivedAtMs: 0 } } };

/** Firestore that has a large profile of every subject, and answers at once. */
function largeProfiles(): Firestore {
  const snapshot = {
    updateTime: Timestamp.fromMillis(0),
    data: () => ({ subject: 'x', state: JSON.stringify(LARGE), marks: Buffer.alloc(0) }),
  };
  const batch = { create: () => batch, update: () => batch, set: () => batch, commit: async () => [] };
  return {
    doc: (path: string) => ({ path }),
    getAll: async (...refs: unknown[]) => refs.map(() => snapshot),
    batch: () => batch,
  } as unknown as Firestore;
}

/** How often the event loop comes round meanwhile. */
async function roundsDuring(work: Promise<unknown>): Promise<number> {
  let rounds = 0;
  let isOver = false;
  const count = (): void => {
    if (isOver) return;
    rounds++;
    setImmediate(count);
  };
  setImmediate(count);
  await work;
  isOver = true;
  return rounds;
}

test('of many large profiles a few are read, and written, at a time', async () => {
  const profiles = createFirestoreProfiles(largeProfiles());
  const keys = Array.from({ length: 16 }, (_, index) => ({ tenantId: ACME, subject: `cus_${index}` }));
  const reading = profiles.read(keys.map((key) => ({ ...key, messageKeys: [] })));
  expect(await roundsDuring(reading)).toBeGreaterThanOrEqual(7);
  const changes = (await reading).map(({ version }, index) => ({
    ...keys[index]!,
    profile: LARGE as never,
    basedOn: version,
    applied: new Map(),
    published: new Set<string>(),
    retentionMs: 0,
  }));
  expect(await roundsDuring(profiles.commit(changes))).toBeGreaterThanOrEqual(7);
});
