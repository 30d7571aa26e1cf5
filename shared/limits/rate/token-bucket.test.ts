import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('fills at its rate, up to its capacity', () => {
  const bucket = new TokenBucket(1, 100, 0);
  expect(bucket.balance(0)).toBe(100);
  bucket.take(80, 0);
  expect(bucket.balance(30)).toBe(50);
  expect(bucket.balance(1_000)).toBe(100);
});

test('can be overdrawn', () => {
  const bucket = new TokenBucket(2, 100, 0);
  bucket.take(300, 0);
  expect(bucket.balance(0)).toBe(-200);
  expect(bucket.balance(100)).toBe(0);
});

test('what is given back is no more than there is room for', () => {
  const bucket = new TokenBucket(1, 100, 0);
  bucket.take(10, 0);
  bucket.take(-50, 0);
  expect(bucket.balance(0)).toBe(100);
});

test('a clock that steps back fills nothing', () => {
  const bucket = new TokenBucket(1, 100, 1_000);
  bucket.take(50, 1_000);
  expect(bucket.balance(0)).toBe(50);
  expect(bucket.balance(1_010)).toBe(60);
});

test('tells what there was no room for', () => {
  const bucket = new TokenBucket(1, 100, 0);
  bucket.take(30, 0);
  expect(bucket.takeOverflow(50)).toBe(20);
  bucket.take(-5, 50);
  expect(bucket.takeOverflow(60)).toBe(15);
  expect(bucket.takeOverflow(60)).toBe(0);
});
