import { FieldValue, Filter, Firestore, Timestamp, type QuerySnapshot } from '@google-cloud/firestore';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startFirestore, type FirestoreServer } from './index.ts';

let server: FirestoreServer;
let client: Firestore;
let count = 0;
let root = '';

const connect = (): Firestore => {
  return new Firestore({
    projectId: 'headgate-local',
    host: server.address,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  });
};

beforeAll(async () => {
  server = await startFirestore({ host: '127.0.0.1', port: 0 });
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', server.address);
  client = connect();
});
afterAll(async () => {
  await client.terminate();
  await server.close();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  root = `tests/t${count++}`;
});

const doc = (id: string) => client.doc(`${root}/docs/${id}`);
const docs = () => client.collection(`${root}/docs`);
const ids = (snapshot: QuerySnapshot): string[] => snapshot.docs.map(({ id }) => id);

describe('documents', () => {
  test('every type of value comes back as it went', async () => {
    const data = {
      text: 'häß 🎈',
      integer: Number.MAX_SAFE_INTEGER,
      double: 0.1,
      yes: true,
      nothing: null,
      at: Timestamp.fromMillis(1_700_000_000_123),
      bytes: Buffer.from([0, 255]),
      list: [1, 'two', { three: 3 }],
      map: { 'dotted.key': { deep: [] } },
      ref: doc('other'),
    };
    await doc('a').set(data);
    expect((await doc('a').get()).data()).toEqual(data);
  });

  test('create refuses what exists, update what does not', async () => {
    await doc('a').create({ n: 1 });
    await expect(doc('a').create({ n: 2 })).rejects.toMatchObject({ code: 6 });
    await expect(doc('b').update({ n: 1 })).rejects.toMatchObject({ code: 5 });
    expect((await doc('a').get()).data()).toEqual({ n: 1 });
  });

  test('set replaces, merge merges, update changes a path, delete removes a field', async () => {
    await doc('a').set({ keep: 1, deep: { x: 1, y: 2 } });
    await doc('a').set({ deep: { x: 9 } }, { merge: true });
    expect((await doc('a').get()).data()).toEqual({ keep: 1, deep: { x: 9, y: 2 } });
    await doc('a').update({ 'deep.y': FieldValue.delete(), 'deep.z': 3 });
    expect((await doc('a').get()).data()).toEqual({ keep: 1, deep: { x: 9, z: 3 } });
    await doc('a').set({ only: true });
    expect((await doc('a').get()).data()).toEqual({ only: true });
    await doc('a').delete();
    expect((await doc('a').get()).exists).toBe(false);
  });

  test('transforms: server time, increment, array union and remove', async () => {
    await doc('a').set({ n: 1, tags: ['a', 'b'], at: FieldValue.serverTimestamp() });
    await doc('a').update({ n: FieldValue.increment(2), tags: FieldValue.arrayUnion('b', 'c') });
    await doc('a').update({ f: FieldValue.increment(0.5), tags: FieldValue.arrayRemove('a') });
    const snapshot = await doc('a').get();
    expect(snapshot.data()).toMatchObject({ n: 3, f: 0.5, tags: ['b', 'c'] });
    expect(snapshot.get('at')).toEqual(snapshot.createTime);
  });

  test('a precondition on updateTime sees every later write, also within the same millisecond', async () => {
    const first = await doc('a').set({ n: 1 });
    await doc('a').set({ n: 2 });
    await expect(doc('a').update({ n: 3 }, { lastUpdateTime: first.writeTime })).rejects.toMatchObject({ code: 9 });
    await expect(doc('a').delete({ lastUpdateTime: first.writeTime })).rejects.toMatchObject({ code: 9 });
  });

  test('a batch is all or nothing', async () => {
    await doc('a').set({ n: 1 });
    const batch = client.batch().set(doc('b'), { n: 1 }).create(doc('a'), { n: 2 });
    await expect(batch.commit()).rejects.toMatchObject({ code: 6 });
    expect((await doc('b').get()).exists).toBe(false);
  });

  test('BulkWriter: one that fails leaves the others be', async () => {
    const { writeTime } = await doc('stale').set({ n: 0 });
    await doc('stale').set({ n: 1 });
    const { writeTime: lastUpdateTime } = await doc('present').set({ n: 0 });
    const writer = client.bulkWriter();
    writer.onWriteError(() => false);
    const outcomes = Promise.allSettled([
      writer.create(doc('new'), { n: 1 }),
      writer.create(doc('present'), { n: 1 }),
      writer.update(doc('absent'), { n: 1 }, { lastUpdateTime }),
      writer.update(doc('stale'), { n: 2 }, { lastUpdateTime: writeTime }),
      writer.update(doc('other'), { n: 2 }),
    ]);
    await writer.close();
    const codes = (await outcomes).map((outcome) => (outcome.status === 'fulfilled' ? 0 : outcome.reason.code));
    expect(codes).toEqual([0, 6, 9, 9, 5]);
    const again = client.bulkWriter();
    const updated = again.update(doc('present'), { m: 1 }, { lastUpdateTime });
    await again.close();
    expect((await doc('present').get()).data()).toEqual({ n: 0, m: 1 });
    expect((await doc('present').get()).updateTime).toEqual((await updated).writeTime);
  });

  test('BulkWriter: one that waits for a lock does not keep the others from being written', async () => {
    await doc('locked').set({ n: 0 });
    const writer = client.bulkWriter();
    const locking = await client.runTransaction(async (transaction) => {
      await transaction.get(doc('locked'));
      const waiting = writer.set(doc('locked'), { n: 2 });
      void writer.set(doc('free'), { n: 2 });
      void writer.close();
      while (!(await doc('free').get()).exists);
      transaction.set(doc('locked'), { n: 1 });
      return { waiting };
    });
    await locking.waiting;
    expect((await doc('locked').get()).data()).toEqual({ n: 2 });
  });

  test('a document over 1 MiB and a reserved id are refused', async () => {
    await expect(doc('a').set({ big: 'x'.repeat(1024 * 1024) })).rejects.toMatchObject({ code: 3 });
    await expect(client.doc(`${root}/docs/__x__`).set({})).rejects.toMatchObject({ code: 3 });
  });

  test('getAll keeps the order and shows what is missing; field masks', async () => {
    await doc('a').set({ n: 1, m: 2 });
    const [b, a] = await client.getAll(doc('b'), doc('a'), { fieldMask: ['m'] });
    expect([b?.exists, a?.data()]).toEqual([false, { m: 2 }]);
  });

  test('collections and documents are listed, parents without a document too', async () => {
    await client.doc(`${root}/docs/ghost/inner/x`).set({});
    await doc('a').set({});
    expect((await client.doc(root).listCollections()).map(({ id }) => id)).toEqual(['docs']);
    expect((await docs().listDocuments()).map(({ id }) => id)).toEqual(['a', 'ghost']);
  });
});

describe('transactions', () => {
  test('of many increments at once of one document none is lost, and none needs a second attempt', async () => {
    let attempts = 0;
    await Promise.all(
      Array.from({ length: 100 }, () =>
        client.runTransaction(async (transaction) => {
          attempts++;
          const snapshot = await transaction.get(doc('counter'));
          transaction.set(doc('counter'), { n: ((snapshot.data()?.['n'] as number) ?? 0) + 1 });
        }),
      ),
    );
    expect((await doc('counter').get()).data()).toEqual({ n: 100 });
    expect(attempts).toBe(100);
  });

  test('a plain write waits for the transaction that has read the document', async () => {
    await doc('a').set({ n: 1 });
    let plain: Promise<unknown> | undefined;
    await client.runTransaction(async (transaction) => {
      const snapshot = await transaction.get(doc('a'));
      plain = doc('a').update({ n: FieldValue.increment(10) });
      await doc('elsewhere').set({ n: 1 });
      transaction.update(doc('a'), { n: (snapshot.get('n') as number) * 2 });
    });
    await plain;
    expect((await doc('a').get()).data()).toEqual({ n: 12 });
  });

  test('two that lock the same documents crosswise both succeed in the end', async () => {
    await doc('a').set({ n: 0 });
    await doc('b').set({ n: 0 });
    const { promise: bothRead, resolve } = Promise.withResolvers<void>();
    let reads = 0;
    const move = (first: string, second: string) =>
      client.runTransaction(async (transaction) => {
        await transaction.get(doc(first));
        if (++reads === 2) resolve();
        await bothRead;
        const snapshot = await transaction.get(doc(second));
        transaction.update(doc(second), { n: (snapshot.get('n') as number) + 1 });
      });
    await Promise.all([move('a', 'b'), move('b', 'a')]);
    expect((await client.getAll(doc('a'), doc('b'))).map((one) => one.get('n'))).toEqual([1, 1]);
  });

  test('a query in a transaction sees to it that what it found still holds', async () => {
    await doc('a').set({ open: true });
    let attempts = 0;
    await client.runTransaction(async (transaction) => {
      attempts++;
      const { size } = await transaction.get(docs().where('open', '==', true));
      if (attempts === 1) await doc('b').set({ open: true });
      transaction.set(doc('total'), { size });
    });
    expect([attempts, (await doc('total').get()).data()]).toEqual([2, { size: 2 }]);
  });

  test('the locks of a client that goes away go with it', async () => {
    const dying = connect();
    await doc('a').set({ n: 1 });
    const read = Promise.withResolvers<void>();
    const never = dying.runTransaction(async (transaction) => {
      await transaction.get(dying.doc(doc('a').path));
      read.resolve();
      await dying.terminate();
      throw new Error('gone');
    });
    never.catch(() => undefined);
    await read.promise;
    await doc('a').update({ n: 2 });
    expect((await doc('a').get()).get('n')).toBe(2);
  });

  test('a read-only transaction writes nothing', async () => {
    await doc('a').set({ n: 1 });
    const read = await client.runTransaction((transaction) => transaction.get(doc('a')), { readOnly: true });
    expect(read.get('n')).toBe(1);
  });
});

describe('queries', () => {
  beforeEach(async () => {
    const batch = client.batch();
    batch.set(doc('a'), { n: 1, s: 'x', tags: ['red', 'blue'], m: { k: 1 } });
    batch.set(doc('b'), { n: 2.5, s: 'y', tags: ['red'] });
    batch.set(doc('c'), { n: 3, s: null });
    batch.set(doc('d'), { n: 'three', s: 'x' });
    batch.set(doc('e'), { s: 'z', n: Number.NaN });
    batch.set(doc('f'), { other: 1 });
    await batch.commit();
  });

  const cases: [name: string, query: () => FirebaseFirestore.Query, expected: string[]][] = [
    ['all, by name', () => docs(), ['a', 'b', 'c', 'd', 'e', 'f']],
    ['equality', () => docs().where('s', '==', 'x'), ['a', 'd']],
    ['equality of null', () => docs().where('s', '==', null), ['c']],
    ['equality of NaN', () => docs().where('n', '==', Number.NaN), ['e']],
    ['a range holds one type', () => docs().where('n', '>', 1), ['b', 'c']],
    ['a range orders by its field', () => docs().where('n', '<=', 3), ['a', 'b', 'c']],
    ['not equal leaves out null and absent', () => docs().where('s', '!=', 'x'), ['b', 'e']],
    ['in', () => docs().where('n', 'in', [1, 'three']), ['a', 'd']],
    ['not in', () => docs().where('n', 'not-in', [1, 3]), ['e', 'b', 'd']],
    ['array-contains', () => docs().where('tags', 'array-contains', 'red'), ['a', 'b']],
    ['array-contains-any', () => docs().where('tags', 'array-contains-any', ['blue', 'green']), ['a']],
    ['a nested field', () => docs().where('m.k', '==', 1), ['a']],
    ['or', () => docs().where(Filter.or(Filter.where('n', '==', 1), Filter.where('s', '==', 'z'))), ['a', 'e']],
    ['orderBy leaves out who lacks the field', () => docs().orderBy('n'), ['e', 'a', 'b', 'c', 'd']],
    ['descending', () => docs().orderBy('n', 'desc'), ['d', 'c', 'b', 'a', 'e']],
    ['limit and offset', () => docs().orderBy('n').offset(1).limit(2), ['a', 'b']],
    ['limitToLast', () => docs().orderBy('n').limitToLast(2), ['c', 'd']],
    ['startAfter', () => docs().orderBy('n').startAfter(1), ['b', 'c', 'd']],
    ['startAt, endBefore', () => docs().orderBy('n').startAt(1).endBefore(3), ['a', 'b']],
    ['by document id', () => docs().where('__name__', '>=', doc('e')), ['e', 'f']],
  ];
  test.each(cases)('%s', async (_, query, expected) => expect(ids(await query().get())).toEqual(expected));

  test('a cursor from a snapshot goes on where the page ended', async () => {
    const page = await docs().orderBy('s').limit(2).get();
    expect(ids(page)).toEqual(['c', 'a']);
    expect(ids(await docs().orderBy('s').startAfter(page.docs[1]).get())).toEqual(['d', 'b', 'e']);
  });

  test('select, collection groups, aggregates', async () => {
    expect((await docs().where('n', '==', 1).select('m.k').get()).docs[0]?.data()).toEqual({ m: { k: 1 } });
    await client.doc(`${root}/docs/a/grouped/x`).set({ n: 1 });
    await client.doc(`${root}/docs/b/grouped/y`).set({ n: 2 });
    expect(ids(await client.collectionGroup('grouped').where('n', '>', 1).get())).toEqual(['y']);
    expect((await docs().where('s', '==', 'x').count().get()).data()).toEqual({ count: 2 });
  });
});

describe('listen', () => {
  test('a query tells what comes, changes and goes', async () => {
    await doc('a').set({ n: 1 });
    const seen: string[][] = [];
    const waits: (() => void)[] = [];
    const until = (length: number) =>
      new Promise<void>((resolve) => {
        if (seen.length >= length) resolve();
        else waits.push(() => seen.length >= length && resolve());
      });
    const stop = docs()
      .where('n', '>', 0)
      .onSnapshot((snapshot) => {
        seen.push(snapshot.docChanges().map(({ type, doc }) => `${type} ${doc.id} ${doc.get('n')}`));
        for (const wake of waits) wake();
      });
    await until(1);
    await doc('b').set({ n: 5 });
    await until(2);
    await doc('a').update({ n: 2 });
    await until(3);
    await doc('a').update({ n: -1 });
    await until(4);
    await doc('b').delete();
    await until(5);
    stop();
    expect(seen).toEqual([['added a 1'], ['added b 5'], ['modified a 2'], ['removed a 2'], ['removed b 5']]);
  });

  test('a document', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const states: unknown[] = [];
    const stop = doc('a').onSnapshot((snapshot) => {
      states.push(snapshot.data());
      if (states.length === 1) void doc('a').set({ n: 1 });
      else resolve(states);
    });
    expect(await promise).toEqual([undefined, { n: 1 }]);
    stop();
  });
});
