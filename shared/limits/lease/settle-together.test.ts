import { expect, test } from 'vitest';
import { aSettling, FakeFirestore } from './fixtures.ts';
import { settleTogether } from './settle-together.ts';

const USAGE_OF_ACME = 'tenants/acme/limits/usage';
const USAGE_OF_GLOBEX = 'tenants/globex/limits/usage';

test('several take two requests, whether they have a document or not', async () => {
  const fake = new FakeFirestore();
  await settleTogether(fake.asFirestore(), [aSettling('acme', 10)]);
  const grants = await settleTogether(fake.asFirestore(), [aSettling('acme', 15), aSettling('globex', 3)]);
  expect(grants).toMatchObject([{ events: { ofDay: 15 } }, { events: { ofDay: 3 } }]);
  expect(fake.documents.get(USAGE_OF_ACME)?.data).toMatchObject({ events: { ofDay: 15 } });
  expect(fake.requests).toEqual(['read 1', 'write 1', 'read 2', 'write 2']);
});

test('what another instance settled meanwhile is left as it is, and the others are written', async () => {
  const fake = new FakeFirestore();
  await settleTogether(fake.asFirestore(), [aSettling('acme', 10)]);
  fake.meanwhile = () => {
    fake.put(USAGE_OF_ACME, { theirs: 1 });
    fake.put(USAGE_OF_GLOBEX, { theirs: 2 });
  };
  const settlings = [aSettling('acme', 15), aSettling('globex', 3), aSettling('initech', 4)];
  expect(await settleTogether(fake.asFirestore(), settlings)).toMatchObject([
    'not_written',
    'not_written',
    { events: { ofDay: 4 } },
  ]);
  expect(fake.documents.get(USAGE_OF_ACME)?.data).toEqual({ theirs: 1 });
  expect(fake.documents.get(USAGE_OF_GLOBEX)?.data).toEqual({ theirs: 2 });
});

test('a conflict of the only one is no failure of Firestore', async () => {
  const fake = new FakeFirestore();
  fake.meanwhile = () => fake.put(USAGE_OF_ACME, {});
  expect(await settleTogether(fake.asFirestore(), [aSettling('acme', 1)])).toEqual(['not_written']);
});

test('a document that is refused fails by itself', async () => {
  const fake = new FakeFirestore();
  fake.failing.set(USAGE_OF_ACME, { code: 3 });
  expect(await settleTogether(fake.asFirestore(), [aSettling('acme', 1), aSettling('globex', 2)])).toMatchObject([
    'not_written',
    { events: { ofDay: 2 } },
  ]);
});

test('where nothing is written, it fails with what Firestore said', async () => {
  const fake = new FakeFirestore();
  fake.failing.set(USAGE_OF_ACME, { code: 10 }).set(USAGE_OF_GLOBEX, { code: 14 });
  const settlings = [aSettling('acme', 1), aSettling('globex', 2)];
  await expect(settleTogether(fake.asFirestore(), settlings)).rejects.toEqual({ code: 14 });
  fake.isDown = true;
  await expect(settleTogether(fake.asFirestore(), settlings)).rejects.toMatchObject({ code: 14 });
});

test('what is written after its answer got lost counts once', async () => {
  const fake = new FakeFirestore();
  const settlings = [aSettling('acme', 10)];
  await settleTogether(fake.asFirestore(), settlings);
  expect(await settleTogether(fake.asFirestore(), settlings)).toMatchObject([{ events: { ofDay: 10 } }]);
});
