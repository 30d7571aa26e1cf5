import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryProfiles } from '../storage/memory-profiles.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import { createApplier } from './applier.ts';
import type { Application } from './apply-once.ts';
import { counting, totalOf } from './fixtures.ts';

/** What storage does with a call. Late is after the deadline: whoever called has given up, and what was sent arrives all the same. */
const FATES = ['done', 'refused', 'done, not answered', 'late', 'read in two parts'] as const;
type Fate = (typeof FATES)[number];

const DEADLINE_MS = 4;
const LATE_MS = 9;
const SUBJECTS = 3;

/** Behaves as `fates` say, one a call, and well once they are used up. */
function faulty(profiles: ProfileRepository, fates: readonly Fate[]) {
  const left = [...fates];
  const underWay: Promise<unknown>[] = [];
  const suffering = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const fate = left.shift();
    if (fate === 'refused') throw new Error('refused');
    if (fate !== 'late' && fate !== 'done, not answered') return call();
    const done = fate === 'late' ? delay(LATE_MS).then(call) : call();
    underWay.push(done.catch(() => undefined));
    await done;
    throw new Error('not answered');
  };
  const repository: ProfileRepository = {
    ...profiles,
    // A read that is broken off goes on where it was: profiles are then older than the marks.
    read: async (reads) => {
      const isInTwoParts = left[0] === 'read in two parts';
      const before = await suffering(() => profiles.read(reads));
      if (!isInTwoParts) return before;
      await delay(1);
      const after = await profiles.read(reads);
      return before.map((reading, i) => ({ ...reading, applied: after[i]?.applied ?? reading.applied }));
    },
    commit: (changes) => suffering(() => profiles.commit(changes)),
  };
  return { repository, settled: () => Promise.all(underWay) };
}

test('whatever storage does, on two instances, messages delivered until they are acknowledged count once', async () => {
  const fates = fc.array(fc.constantFrom(...FATES), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fates, fc.integer({ min: 1, max: 12 }), async (fated, count) => {
      const profiles = createMemoryProfiles();
      const { repository, settled } = faulty(profiles, fated);
      const options = { profiles: repository, storageDeadlineMs: DEADLINE_MS };
      const instances = [createApplier(options), createApplier(options)] as const;
      const deliver = async (application: Application, first: 0 | 1): Promise<void> => {
        for (let attempt: number = first; ; attempt++) {
          const { apply } = instances[attempt % 2 === 0 ? 0 : 1];
          const acknowledged = await apply(application).then(
            () => true,
            () => false,
          );
          if (acknowledged) return;
        }
      };
      const messages = Array.from({ length: count }, (_, i) => ({ subject: `cus_${i % SUBJECTS}`, id: `evt_${i}` }));
      const last = messages.at(-1)!;
      await Promise.all([
        ...messages.map(({ subject, id }, i) => deliver(counting(subject, id), i % 2 === 0 ? 0 : 1)),
        // One comes twice at once.
        deliver(counting(last.subject, last.id), 1),
      ]);
      await settled();

      const expected = Map.groupBy(messages, ({ subject }) => subject);
      for (const [subject, { length }] of expected) {
        expect(await totalOf(profiles, subject)).toBe(length);
      }
    }),
    { numRuns: 100 },
  );
});
