import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptance } from '../answer.ts';
import { tallyOf, type EventResult } from '../results.ts';
import { decodeAnswer, encodeAnswer } from './answer-encoding.ts';

test('an answer is the same again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 200, max: 599 }), async (body, status) => {
      const answer = { status, contentType: 'application/json', headers: { a: 'b' }, body, isFinal: true };
      const stored = await encodeAnswer(answer);
      expect(await decodeAnswer(stored!)).toEqual(answer);
    }),
  );
});

test.each([36, 150])('2,500 results with ids of %i random characters: what fits is remembered', async (characters) => {
  const results = Array.from({ length: 2_500 }, (): EventResult => {
    const id = characters === 36 ? randomUUID() : randomBytes(characters).toString('base64url').slice(0, characters);
    return { id, status: 'accepted' };
  });
  const stored = await encodeAnswer(acceptance(results, tallyOf(results)));
  expect(stored!.length).toBeLessThan(384 * 1024);
});

test('what does not fit is not remembered', async () => {
  const body = randomBytes(400_000).toString('base64');
  expect(
    await encodeAnswer({ status: 202, contentType: 'text/plain', headers: {}, body, isFinal: true }),
  ).toBeUndefined();
});

test.each([Buffer.from('x'), Buffer.alloc(0)])('%j is no answer', async (stored) => {
  expect(await decodeAnswer(stored)).toBeUndefined();
});
