import { expect, test } from 'vitest';
import { HeldBytes } from './held-bytes.ts';
import { type Cursor, MessageLog } from './message-log.ts';

function createLog(): { held: HeldBytes; log: MessageLog; append: (count: number, atMs?: number) => void } {
  const held = new HeldBytes(Number.POSITIVE_INFINITY);
  const log = new MessageLog(held);
  let id = 0;
  return {
    held,
    log,
    append: (count, publishTimeMs = 0) => {
      for (let added = 0; added < count; added++) {
        log.append({ id: ++id, publishTimeMs, orderingKey: '', sizeBytes: 1000 });
      }
    },
  };
}

function readAll(cursor: Cursor): number[] {
  const ids: number[] = [];
  for (let message = cursor.peek(); message; message = cursor.peek()) {
    ids.push(message.id);
    cursor.advance();
  }
  return ids;
}

test('a cursor sees what is published after it was opened, in order', () => {
  const { log, append } = createLog();
  append(3);
  const cursor = log.openCursor();
  append(1000);
  expect(readAll(cursor)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 4));
  append(1);
  expect(readAll(cursor)).toEqual([1004]);
});

test('messages are held until the last cursor has passed them, and not for longer', () => {
  const { held, log, append } = createLog();
  const first = log.openCursor();
  const second = log.openCursor();
  append(2000);
  expect(held.bytes).toBeGreaterThan(2_000_000);
  readAll(first);
  expect(held.bytes).toBeGreaterThan(2_000_000);
  readAll(second);
  expect(held.bytes).toBeLessThan(300_000);
});

test('a cursor that is closed holds nothing', () => {
  const { held, log, append } = createLog();
  const reading = log.openCursor();
  const abandoned = log.copyCursor(reading);
  append(2000);
  readAll(reading);
  abandoned.close();
  abandoned.close();
  expect(held.bytes).toBeLessThan(300_000);
  reading.close();
  expect(log.isRead).toBe(false);
});

test('a topic retains messages by itself for as long as it is told', () => {
  const { held, log, append } = createLog();
  log.retain(60_000);
  append(1000, 0);
  append(1000, 30_000);
  log.expire(60_000);
  expect(log.retained?.peek()?.id).toBe(1);
  log.expire(60_001);
  expect(log.retained?.peek()?.id).toBe(1001);
  log.expire(90_001);
  expect(log.retained?.peek()).toBeUndefined();
  expect(held.bytes).toBeLessThan(300_000);
  log.retain(0);
  expect(log.retained).toBeUndefined();
});

test('a lease holds the memory of its message alone', () => {
  const { held, log, append } = createLog();
  const cursor = log.openCursor();
  append(1);
  const leased = cursor.peek();
  leased?.chunk.hold();
  append(2000);
  readAll(cursor);
  const withLease = held.bytes;
  leased?.chunk.release();
  expect(withLease - held.bytes).toBe(leased?.chunk.bytes.length);
});

test('a message larger than any chunk has one of its own', () => {
  const { held, log } = createLog();
  const cursor = log.openCursor();
  log.append({ id: 1, publishTimeMs: 0, orderingKey: '', sizeBytes: 9_000_000 });
  expect(held.bytes).toBe(9_000_000);
  expect(cursor.peek()?.sizeBytes).toBe(9_000_000);
});
