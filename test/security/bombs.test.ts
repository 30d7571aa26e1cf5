import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { residentBytes } from '#bench/process/memory.ts';
import { anEvent } from '#test/stack/event.ts';
import { peakResidentBytes } from '#test/stack/peak-memory.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import { acceptedIds, asAcme, expectRefusal, expectServing, functionsPid, JSON_TYPE, published } from './world.ts';

const MB = 1_000_000;
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const spaces = Buffer.alloc(100 * MB, ' ');
const GOOD = Buffer.from(JSON.stringify(anEvent({ id: 'evt_packed' })));
const repeated = (member: Buffer, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => member));

const gzipped = gzipSync(spaces, { level: 9 });
/** What each becomes when it is unpacked is 100 MB or more, and gigabytes where members or frames follow one another. */
const BOMBS: readonly (readonly [string, string, Buffer])[] = [
  ['gzip', 'gzip', gzipped],
  ['gzip, in 90 members', 'gzip', repeated(gzipped, 90)],
  ['x-gzip', 'x-gzip', gzipped],
  ['deflate', 'deflate', deflateSync(spaces, { level: 9 })],
  ['br', 'br', brotliCompressSync(spaces, QUICK)],
  ['zstd', 'zstd', zstdCompressSync(spaces)],
  ['zstd, in 100 frames', 'zstd', repeated(zstdCompressSync(spaces), 100)],
  ['gzip of good JSON and then blanks', 'gzip', gzipSync(Buffer.concat([GOOD, spaces]))],
];

const post = (coding: string, body: Buffer, more: readonly (readonly [string, string])[] = []): Promise<WireResponse> =>
  asAcme({ headers: [JSON_TYPE, ['content-encoding', coding], ...more], body });

/** A body cut into chunks, so that nothing is said of its length. */
function inChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += 65_536) {
    const chunk = body.subarray(at, at + 65_536);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

const ROUNDS = 3;
const AT_A_TIME = 6;
const Code = z.object({ code: z.string() });

/** Each is ten megabytes of the smallest values there are, in a few kilobytes. */
const EMPTY_OBJECTS = '{},'.repeat(3_300_000);
const VALUE_BOMBS: readonly (readonly [string, string])[] = [
  ['empty objects', `[${EMPTY_OBJECTS}{}]`],
  ['empty objects, and a number that needs a second look', `[12345678901234567890,${EMPTY_OBJECTS}{}]`],
  [
    'empty objects in one event',
    JSON.stringify(anEvent({ data: {} })).replace('{}', () => `{"a":[${EMPTY_OBJECTS}{}]}`),
  ],
  ['five million levels', '['.repeat(9_900_000)],
];
const PACKED: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['gzip', (bytes) => gzipSync(bytes, { level: 9 })],
  ['deflate', (bytes) => deflateSync(bytes)],
  ['br', (bytes) => brotliCompressSync(bytes, QUICK)],
  ['zstd', (bytes) => zstdCompressSync(bytes)],
];

describe('bombs of values', () => {
  test.each(VALUE_BOMBS)('%s: refused before they are parsed, in all codings', async (_, text) => {
    const pid = await functionsPid();
    const before = await residentBytes(pid);
    const peak = await peakResidentBytes(pid, async () => {
      for (const [coding, pack] of PACKED) {
        const packed = pack(Buffer.from(text));
        expect(packed.length).toBeLessThan(40_000);
        for (let time = 0; time < 3; time++) expectRefusal(await post(coding, packed), 413, 'too_many_values');
        // Between them something good, or they would be shut out after fifty.
        await expectServing();
      }
    });
    expect(await functionsPid()).toBe(pid);
    // Parsed, one of them has 200 MB.
    if (before !== undefined && peak !== undefined) expect((peak - before) / MB).toBeLessThan(150);
  });
});

describe('bombs', () => {
  test.each(BOMBS)('%s: refused', async (_, coding, bomb) => {
    expectRefusal(await post(coding, bomb), 413, 'payload_too_large');
    expectRefusal(await post(coding, inChunks(bomb), [['transfer-encoding', 'chunked']]), 413, 'payload_too_large');
  });

  test('all of them, again and again, cost no memory to speak of', async () => {
    const pid = await functionsPid();
    const before = await residentBytes(pid);
    const codes: string[] = [];
    const peak = await peakResidentBytes(pid, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const answers = await Promise.all(BOMBS.map(([, coding, bomb]) => post(coding, bomb)));
        codes.push(...answers.map(({ body }) => Code.parse(JSON.parse(body)).code));
        await expectServing();
      }
    });
    expect(await functionsPid()).toBe(pid);
    // Each counts as 10 MB of the 64 that the tenant may have in flight: so many are unpacked at a time, and the others are told.
    expect(codes.filter((code) => code === 'payload_too_large').length).toBeGreaterThanOrEqual(ROUNDS * AT_A_TIME);
    expect(new Set([...codes, 'too_many_in_flight'])).toEqual(new Set(['payload_too_large', 'too_many_in_flight']));
    // They unpack to 60 GB.
    expect(process.platform === 'linux' ? peak : 0).toBeTypeOf('number');
    if (before !== undefined && peak !== undefined) expect((peak - before) / MB).toBeLessThan(200);
  });

  test('a body that declares a petabyte is not waited for', async () => {
    const response = await asAcme({ headers: [JSON_TYPE, ['content-length', '1000000000000000']] });
    expectRefusal(response, 413, 'payload_too_large');
  });
});

describe('codings', () => {
  test.each([
    ['twice the same', 'gzip, gzip', gzipSync(gzipSync(GOOD))],
    ['one in the other', 'gzip, br', brotliCompressSync(gzipSync(GOOD))],
    ['twenty', Array.from({ length: 20 }, () => 'gzip').join(', '), GOOD],
    ['unknown', 'compress', GOOD],
    ['a prototype', '__proto__', GOOD],
    ['with a parameter', 'gzip;q=1', gzipSync(GOOD)],
    ['none', '', GOOD],
  ])('%s: refused', async (_, coding, body) => {
    expectRefusal(await post(coding, body), 415, 'unsupported_content_encoding');
  });

  test('in two headers: refused', async () => {
    const response = await post('gzip', gzipSync(gzipSync(GOOD)), [['content-encoding', 'gzip']]);
    expectRefusal(response, 415, 'unsupported_content_encoding');
  });

  test.each([
    ['gzip that is none', 'gzip', GOOD],
    ['gzip that is cut', 'gzip', gzipSync(GOOD).subarray(0, -10)],
    ['gzip with a wrong checksum', 'gzip', Buffer.concat([gzipSync(GOOD).subarray(0, -8), Buffer.alloc(8)])],
    ['gzip with something behind it', 'gzip', Buffer.concat([gzipSync(GOOD), Buffer.from('{"x":1}')])],
    ['deflate with something behind it', 'deflate', Buffer.concat([deflateSync(GOOD), Buffer.from('{"x":1}')])],
    ['deflate without its header', 'deflate', deflateRawSync(GOOD)],
    ['br that is gzip', 'br', gzipSync(GOOD)],
    ['br that is cut', 'br', brotliCompressSync(GOOD).subarray(0, -5)],
    ['zstd that is cut', 'zstd', zstdCompressSync(GOOD).subarray(0, -5)],
    [
      'zstd that asks for a window of 2 GB',
      'zstd',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]),
    ],
    ['zstd that needs a dictionary', 'zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x23, 1, 2, 3, 4, 0, 1, 0, 0])],
    ['nothing at all', 'gzip', Buffer.alloc(0)],
  ])('%s: refused', async (_, coding, body) => {
    const response = await post(coding, body);
    expectRefusal(response, 400, 'malformed_encoding');
  });

  test('good JSON, packed twice, is no JSON', async () => {
    expectRefusal(await post('gzip', gzipSync(gzipSync(GOOD))), 400, 'malformed_json');
  });

  test('the control: packed once, each is accepted', async () => {
    for (const [coding, body] of [
      ['gzip', gzipSync(GOOD)],
      ['deflate', deflateSync(GOOD)],
      ['br', brotliCompressSync(GOOD)],
      ['zstd', zstdCompressSync(GOOD)],
    ] as const) {
      expect(acceptedIds(await post(coding, body))).toEqual(['evt_packed']);
    }
    expect(await published()).toHaveLength(4);
  });
});
