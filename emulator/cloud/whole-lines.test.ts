import { once } from 'node:events';
import { expect, test } from 'vitest';
import { wholeLines } from './whole-lines.ts';

test.each<[readonly string[], readonly string[]]>([
  [['one\ntwo\n'], ['one\ntwo\n']],
  [
    ['one\ntw', 'o\nthr', 'ee\n'],
    ['one\n', 'two\n', 'three\n'],
  ],
  [
    ['a', 'b', 'c\nd'],
    ['abc\n', 'd'],
  ],
])('%j comes out as %j', async (chunks, expected) => {
  const lines = wholeLines();
  const seen: string[] = [];
  lines.on('data', (piece: Buffer) => seen.push(String(piece)));
  for (const chunk of chunks) lines.write(chunk);
  lines.end();
  await once(lines, 'end');
  expect(seen).toEqual(expected);
});
