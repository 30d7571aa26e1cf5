import { expect, test } from 'vitest';
import { createMemoryProfiles } from '../storage/memory-profiles.ts';
import { ConflictError, UnstorableError } from '../storage/profile-repository.ts';
import type { AppliedMessage, ProfileRepository } from '../storage/profile-repository.ts';
import type { Decision } from '#shared/events/decision.ts';
import { createApplier } from './applier.ts';
import type { Applier } from './applier.ts';
import type { Application } from './apply-once.ts';
import { counting, totalOf } from './fixtures.ts';

/** Counts commits, and runs `before` ahead of each. */
function watched(profiles: ProfileRepository, before: (commits: number) => Promise<void> | void = () => undefined) {
  let commits = 0;
  const watching: ProfileRepository = {
    ...profiles,
    commit: async (changes) => {
      commits += 1;
      await before(commits);
      return profiles.commit(changes);
    },
  };
  return { watching, commits: () => commits };
}

test('messages that come together are committed together, each counted once', async () => {
  const profiles = createMemoryProfiles();
  const { watching, commits } = watched(profiles);
  const { apply } = createApplier({ profiles: watching });
  const applications = Array.from({ length: 40 }, (_, i) => counting(`cus_${i % 4}`, `evt_${i}`));
  const results = await Promise.all(applications.map(apply));
  expect(results.map(({ status }) => status)).toEqual(applications.map(() => 'applied'));
  expect(commits()).toBe(1);
  for (let i = 0; i < 4; i += 1) expect(await totalOf(profiles, `cus_${i}`)).toBe(10);
});

test('a message that comes again, at once or later, changes nothing', async () => {
  const profiles = createMemoryProfiles();
  const { apply } = createApplier({ profiles });
  const twice = await Promise.all([apply(counting('cus_1', 'evt_1')), apply(counting('cus_1', 'evt_1'))]);
  expect(twice.map(({ status }) => status)).toEqual(['applied', 'duplicate']);
  expect(await apply(counting('cus_1', 'evt_1'))).toMatchObject({ status: 'duplicate' });
  expect(await totalOf(profiles, 'cus_1')).toBe(1);
});

test('an id that comes again with another subject is another message: it counts for each of them', async () => {
  const profiles = createMemoryProfiles();
  const { apply } = createApplier({ profiles });
  const both = await Promise.all([apply(counting('cus_1', 'evt_1')), apply(counting('cus_2', 'evt_1'))]);
  expect(both.map(({ status }) => status)).toEqual(['applied', 'applied']);
  for (const subject of ['cus_1', 'cus_2']) expect(await totalOf(profiles, subject)).toBe(1);
});

test('two instances on one subject lose no update', async () => {
  const profiles = createMemoryProfiles();
  const instances = [createApplier({ profiles }), createApplier({ profiles })];
  const all = Array.from({ length: 60 }, (_, i) => instances[i % 2]!.apply(counting('cus_1', `evt_${i}`)));
  expect((await Promise.all(all)).every(({ status }) => status === 'applied')).toBe(true);
  expect(await totalOf(profiles, 'cus_1')).toBe(60);
});

test('a subject that others keep changing is given up, and delays no other', async () => {
  const profiles = createMemoryProfiles();
  const contended: ProfileRepository = {
    ...profiles,
    commit: async (changes) => {
      if (changes.some(({ subject }) => subject === 'cus_hot')) throw new ConflictError('changed');
      return profiles.commit(changes);
    },
  };
  const { apply } = createApplier({ profiles: contended, patienceMs: 40 });
  const [hot, calm] = await Promise.allSettled([
    apply(counting('cus_hot', 'evt_1')),
    apply(counting('cus_1', 'evt_2')),
  ]);
  expect(hot).toMatchObject({ status: 'rejected', reason: { name: 'ConflictError' } });
  expect(calm).toMatchObject({ status: 'fulfilled', value: { status: 'applied' } });
});

test('what cannot be stored is refused, and what came with it is not', async () => {
  const profiles = createMemoryProfiles();
  const small: ProfileRepository = {
    ...profiles,
    commit: async (changes) => {
      if (changes.some(({ subject }) => subject === 'cus_big')) throw new UnstorableError('too large');
      return profiles.commit(changes);
    },
  };
  const { apply } = createApplier({ profiles: small });
  const results = await Promise.all([apply(counting('cus_big', 'evt_1')), apply(counting('cus_1', 'evt_2'))]);
  expect(results).toMatchObject([{ status: 'refused', error: { message: 'too large' } }, { status: 'applied' }]);
});

test('one message of a subject that cannot be stored is refused alone', async () => {
  const profiles = createMemoryProfiles();
  const small: ProfileRepository = {
    ...profiles,
    commit: async (changes) => {
      if (changes.some(({ applied }) => applied.has('events:evt_big'))) throw new UnstorableError('too large');
      return profiles.commit(changes);
    },
  };
  const { apply } = createApplier({ profiles: small });
  const results = await Promise.all(['evt_1', 'evt_big', 'evt_2'].map((id) => apply(counting('cus_1', id))));
  expect(results.map(({ status }) => status)).toEqual(['applied', 'refused', 'applied']);
  expect(await totalOf(profiles, 'cus_1')).toBe(2);
});

/** As {@link counting}, and decides. */
function deciding(id: string): Application {
  const application = counting('cus_1', id);
  const decision = { id: `dec_${id}` } as Decision;
  return { ...application, apply: (profile) => ({ ...application.apply(profile), decisions: [decision] }) };
}

function recording(profiles: ProfileRepository) {
  const marked: string[][] = [];
  const watching: ProfileRepository = {
    ...profiles,
    markPublished: async (key, messageKeys) => {
      marked.push([...messageKeys]);
      return profiles.markPublished(key, messageKeys);
    },
  };
  return { applier: createApplier({ profiles: watching }), marked };
}

async function decidedAbout({ apply }: Applier, id: string): Promise<AppliedMessage> {
  const result = await apply(deciding(id));
  if (result.status === 'refused') throw result.error;
  return result.message;
}

test('that decisions were published is recorded for all of a subject at once, by itself', async () => {
  const { applier, marked } = recording(createMemoryProfiles());
  const ids = ['evt_1', 'evt_2', 'evt_3'];
  const messages = await Promise.all(ids.map((id) => decidedAbout(applier, id)));
  expect(messages.map(({ published }) => published)).toEqual([false, false, false]);
  await Promise.all(ids.map((id, i) => applier.markPublished(deciding(id), messages[i]!)));
  expect(marked).toEqual([ids.map((id) => `events:${id}`)]);
  for (const id of ids) expect(await decidedAbout(applier, id)).toEqual({ decisions: [], published: true });
});

test('… or with the next commit of the subject, where one is due', async () => {
  const { applier, marked } = recording(createMemoryProfiles());
  const message = await decidedAbout(applier, 'evt_1');
  await Promise.all([applier.markPublished(deciding('evt_1'), message), applier.apply(counting('cus_1', 'evt_2'))]);
  expect(marked).toEqual([]);
  expect(await decidedAbout(applier, 'evt_1')).toEqual({ decisions: [], published: true });
});

test('… and is not lost with a commit that changes nothing', async () => {
  const { applier, marked } = recording(createMemoryProfiles());
  const message = await decidedAbout(applier, 'evt_1');
  await Promise.all([applier.markPublished(deciding('evt_1'), message), applier.apply(deciding('evt_1'))]);
  expect(marked).toEqual([['events:evt_1']]);
});

test('where the outcome of a commit is not known, sending again counts once', async () => {
  const profiles = createMemoryProfiles();
  const flaky: ProfileRepository = {
    ...profiles,
    commit: async (changes) => {
      await profiles.commit(changes);
      throw new Error('connection lost');
    },
  };
  await expect(createApplier({ profiles: flaky }).apply(counting('cus_1', 'evt_1'))).rejects.toThrow('connection lost');
  expect(await createApplier({ profiles }).apply(counting('cus_1', 'evt_1'))).toMatchObject({ status: 'duplicate' });
  expect(await totalOf(profiles, 'cus_1')).toBe(1);
});

test('while one batch is under way, messages of its subjects gather for the next', async () => {
  const profiles = createMemoryProfiles();
  const first = Promise.withResolvers<void>();
  const { watching, commits } = watched(profiles, (n) => (n === 1 ? first.promise : undefined));
  const { apply } = createApplier({ profiles: watching });
  const leading = apply(counting('cus_1', 'evt_0'));
  await new Promise((resolve) => setImmediate(resolve));
  const following = Array.from({ length: 20 }, (_, i) => apply(counting('cus_1', `evt_${i + 1}`)));
  expect(await apply(counting('cus_2', 'evt_other'))).toMatchObject({ status: 'applied' });
  first.resolve();
  await Promise.all([leading, ...following]);
  expect(commits()).toBe(3);
  expect(await totalOf(profiles, 'cus_1')).toBe(21);
});
