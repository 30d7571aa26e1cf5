import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { EVENTS } from '../endpoint.ts';
import { LIMITS } from '../limits.ts';
import { readItems } from './read-items.ts';

/** How many bytes of `body` are told of, and with what it is refused. */
async function refused(body: Buffer, headers: Record<string, string>, limits = LIMITS) {
  let bytes = 0;
  const request = new Request('http://localhost/v1/events', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(body),
  });
  const reading = { endpoint: EVENTS, limits, receivedAt: '2026-01-01T00:00:00.000Z' };
  const received = (now: number): void => void (bytes = now);
  const code = await readItems(request, reading, { turn: () => undefined, received, charge: () => undefined }).then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
  return { bytes, code };
}

const lengthOf = (body: Buffer) => ({ 'content-encoding': 'gzip', 'content-length': String(body.length) });

test('a compressed body that breaks off at its very end has cost what was decompressed of it', async () => {
  const whole = gzipSync(Buffer.alloc(9_900_000, ' '));
  const brokenOff = whole.subarray(0, whole.length - 8);
  const { bytes, code } = await refused(brokenOff, lengthOf(brokenOff));
  expect(code).toBe('malformed_encoding');
  expect(bytes).toBeGreaterThan(9_000_000);
});

test('one that would be too large has cost as much as is allowed', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
  expect(await refused(bomb, lengthOf(bomb))).toEqual({ bytes: 10_000_000, code: 'payload_too_large' });
});
