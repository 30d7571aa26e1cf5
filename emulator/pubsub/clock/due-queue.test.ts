import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueQueue } from './due-queue.ts';

test('it gives out what is due, earliest first, and nothing that is not', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(1000), (times, nowMs) => {
      const queue = new DueQueue<number>();
      for (const time of times) queue.add(time, time);
      const taken: number[] = [];
      for (let item = queue.takeDue(nowMs); item !== undefined; item = queue.takeDue(nowMs)) taken.push(item);
      const due = times.filter((time) => time <= nowMs).sort((a, b) => a - b);
      expect(taken).toEqual(due);
      expect(queue.length).toBe(times.length - due.length);
      expect(queue.earliestMs).toBe(Math.min(...times.filter((time) => time > nowMs), Number.POSITIVE_INFINITY));
    }),
  );
});
