import { expect, test } from 'vitest';
import { createKeyOrder } from './key-order.ts';

test('one key runs in order, another beside it; a failure fails what waits behind it, and nothing that comes later', async () => {
  const order = createKeyOrder();
  const ran: string[] = [];
  const ends = new Map<string, (succeeded: boolean) => void>();
  const run = (key: string, name: string): Promise<boolean> =>
    order.run(key, () => {
      ran.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });

  const [a1, a2, a3, b1] = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1')];
  await new Promise(setImmediate);
  expect(ran).toEqual(['a1', 'b1']);
  ends.get('a1')?.(true);
  expect(await a1).toBe(true);
  await new Promise(setImmediate);
  expect(ran).toEqual(['a1', 'b1', 'a2']);
  ends.get('a2')?.(false);
  expect(await Promise.all([a2, a3])).toEqual([false, false]);

  const again = run('a', 'a2 again');
  await new Promise(setImmediate);
  ends.get('a2 again')?.(true);
  ends.get('b1')?.(true);
  expect(await Promise.all([again, b1])).toEqual([true, true]);
  expect(ran).toEqual(['a1', 'b1', 'a2', 'a2 again']);
});
