import { MESSAGE_ID_BYTES } from './subject-key.ts';
import type { MessageId } from './subject-key.ts';

/**
 * Which messages were applied to a subject of late, oldest first: for each the 16 bytes of its id, and the day it was applied
 * in two (days since 1970, big-endian, until the year 2149).
 */
export type Marks = Buffer;

export interface Mark {
  readonly id: MessageId;
  readonly day: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MARK_BYTES = MESSAGE_ID_BYTES + 2;

export const NO_MARKS: Marks = Buffer.alloc(0);

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

export function countOf(marks: Marks): number {
  return marks.length / MARK_BYTES;
}

export function hasMark(marks: Marks, id: MessageId): boolean {
  const bytes = Buffer.from(id, 'hex');
  for (let at = marks.indexOf(bytes); at !== -1; at = marks.indexOf(bytes, at + 1)) {
    // What spans two marks is chance, or somebody's doing.
    if (at % MARK_BYTES === 0) return true;
  }
  return false;
}

/** @param ids none of which has a mark yet */
export function withMarks(marks: Marks, ids: readonly MessageId[], day: number): Marks {
  const added = Buffer.alloc(ids.length * MARK_BYTES);
  for (const [i, id] of ids.entries()) {
    added.write(id, i * MARK_BYTES, 'hex');
    added.writeUInt16BE(day, i * MARK_BYTES + MESSAGE_ID_BYTES);
  }
  return Buffer.concat([marks, added]);
}

/** Without those of before `day`. */
export function since(marks: Marks, day: number): Marks {
  let first = 0;
  while (first < marks.length && marks.readUInt16BE(first + MESSAGE_ID_BYTES) < day) first += MARK_BYTES;
  return marks.subarray(first);
}

/** All of them, oldest first. */
export function* marksIn(marks: Marks): Generator<Mark> {
  for (let at = 0; at < marks.length; at += MARK_BYTES) {
    const id = marks.toString('hex', at, at + MESSAGE_ID_BYTES);
    yield { id, day: marks.readUInt16BE(at + MESSAGE_ID_BYTES) };
  }
}

/** Without those of `ids`. */
export function withoutMarks(marks: Marks, ids: ReadonlySet<MessageId>): Marks {
  const kept = [...marksIn(marks)].flatMap(({ id }, i) =>
    ids.has(id) ? [] : [marks.subarray(i * MARK_BYTES, (i + 1) * MARK_BYTES)],
  );
  return Buffer.concat(kept);
}
