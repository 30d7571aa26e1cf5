import { memoryUsage } from 'node:process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedBytes } from './bounded-bytes.ts';

test('what was appended, in order, until there is too much', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(500), (chunks, maxBytes) => {
      const collected = new BoundedBytes(maxBytes);
      let expected = Buffer.alloc(0);
      for (const chunk of chunks) {
        const together = Buffer.concat([expected, chunk]);
        const fits = together.length <= maxBytes;
        expect(collected.append(chunk)).toBe(fits);
        if (fits) expected = together;
      }
      expect(collected.bytes()).toEqual(expected);
    }),
  );
});

test('two million chunks of one byte cost little more than their bytes', () => {
  const before = memoryUsage();
  const collected = new BoundedBytes(10_000_000);
  for (let at = 0; at < 2_000_000; at++) collected.append(Buffer.from(' '));
  const { heapUsed, external } = memoryUsage();
  expect(collected.bytes()).toHaveLength(2_000_000);
  expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan(100_000_000);
});
