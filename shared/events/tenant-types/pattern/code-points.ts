/** Code points, as ranges in ascending order that neither overlap nor touch, both ends included. */
export type CodePoints = readonly (readonly [first: number, last: number])[];

const LAST = 0x10ffff;

export function unionOf(parts: readonly CodePoints[]): CodePoints {
  const union: [number, number][] = [];
  for (const [first, last] of parts.flat().toSorted(([a], [b]) => a - b)) {
    const before = union.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else union.push([first, last]);
  }
  return union;
}

export function complementOf(points: CodePoints): CodePoints {
  const complement: [number, number][] = [];
  let next = 0;
  for (const [first, last] of points) {
    if (first > next) complement.push([next, first - 1]);
    next = last + 1;
  }
  return next > LAST ? complement : [...complement, [next, LAST]];
}

/** Whether no code point is in two of `sets`. */
export function areDisjoint(sets: readonly CodePoints[]): boolean {
  const ranges = sets.flat().toSorted(([a], [b]) => a - b);
  return ranges.every(([first], index) => index === 0 || first > (ranges[index - 1]?.[1] ?? -1));
}

const DIGITS: CodePoints = [[0x30, 0x39]];
const WORD: CodePoints = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACE: CodePoints = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** `.`: anything but a line terminator. */
export const NOT_A_LINE_END: CodePoints = complementOf([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]);

/** What `\d`, `\D`, `\w`, `\W`, `\s` and `\S` stand for, by their letter. */
export const CLASS_ESCAPES: Readonly<Record<string, CodePoints>> = {
  d: DIGITS,
  D: complementOf(DIGITS),
  w: WORD,
  W: complementOf(WORD),
  s: SPACE,
  S: complementOf(SPACE),
};
