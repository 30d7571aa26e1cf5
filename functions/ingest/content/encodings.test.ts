import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { EVENT, setUp } from '../fixtures.ts';
import { CODINGS, COMPRESS } from './fixtures.ts';

const json = Buffer.from(JSON.stringify([EVENT, { ...EVENT, id: 'evt_2' }]));
const large = Buffer.from(JSON.stringify({ ...EVENT, data: { padding: 'x'.repeat(900_000) } }));

/** `chunkBytes` cuts the body into chunks of that size, with nothing declared. */
async function send(body: Uint8Array, coding: string, chunkBytes?: number): Promise<Response> {
  const { app, apiKey, post } = setUp();
  const headers = { 'content-encoding': coding, 'content-type': 'application/json' };
  if (chunkBytes === undefined) return post(body, { ...headers, 'content-length': String(body.length) });
  return app.request('/v1/events', {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${apiKey}` },
    body: ReadableStream.from(inChunks(body, chunkBytes)),
    duplex: 'half',
  });
}

function* inChunks(body: Uint8Array, bytes: number): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += bytes) yield body.subarray(at, at + bytes);
}

describe.each(CODINGS)('%s', (coding) => {
  const compress = COMPRESS[coding];

  test.each([
    ['at once', json, undefined, 2],
    ['byte by byte', json, 1, 2],
    ['large', large, undefined, 1],
    ['large, in chunks', large, 100, 1],
  ])('%s', async (_name, body, chunkBytes, accepted) => {
    const response = await send(compress(body), coding, chunkBytes);
    expect(await response.json()).toMatchObject({ accepted, rejected: 0 });
  });

  test.each([
    ['cut off', compress(json).subarray(0, -3)],
    ['cut off at the beginning', compress(json).subarray(0, 3)],
    ['not compressed', json],
    ['nothing', new Uint8Array()],
    ['followed by something', Buffer.concat([compress(json), Buffer.from('garbage')])],
  ])('%s is malformed', async (_name, body) => {
    for (const chunkBytes of [undefined, 1, compress(json).length]) {
      const response = await send(body, coding, chunkBytes);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'malformed_encoding' });
    }
  });

  test('what decompresses to nothing is nothing', async () => {
    expect(await (await send(compress(Buffer.alloc(0)), coding)).json()).toMatchObject({ code: 'malformed_json' });
  });

  test('exactly as much as is allowed, and one byte more', async () => {
    const allowed = Buffer.from(`${JSON.stringify(EVENT)}${' '.repeat(10_000_000)}`).subarray(0, 10_000_000);
    expect((await send(compress(allowed), coding)).status).toBe(202);
    const response = await send(compress(Buffer.concat([allowed, Buffer.from(' ')])), coding);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload_too_large' });
  });
});

test('members of gzip that follow one another are one body, wherever the chunks are cut', async () => {
  const { gzip } = COMPRESS;
  const body = Buffer.concat([gzip(json.subarray(0, 50)), gzip(json.subarray(50))]);
  for (const chunkBytes of [undefined, 1, gzip(json.subarray(0, 50)).length]) {
    expect(await (await send(body, 'gzip', chunkBytes)).json()).toMatchObject({ accepted: 2 });
  }
});

test.each(['deflate', 'br', 'zstd'] as const)('a second body behind one of %s is not passed over', async (coding) => {
  const one = COMPRESS[coding](json);
  for (const chunkBytes of [undefined, 1, one.length]) {
    const response = await send(Buffer.concat([one, one]), coding, chunkBytes);
    expect(response.status).toBe(400);
    // Where a frame of zstd ends with a chunk, the next is one of the same body.
    const codes = coding === 'zstd' ? /^malformed_(?:encoding|json)$/ : /^malformed_encoding$/;
    expect(await response.json()).toMatchObject({ code: expect.stringMatching(codes) });
  }
});

test.each([
  ['X-Gzip', COMPRESS.gzip(json), 202],
  [' GZIP ', COMPRESS.gzip(json), 202],
  ['identity', json, 202],
  ['deflate', deflateRawSync(json), 400],
  ['gzip, br', COMPRESS.br(COMPRESS.gzip(json)), 415],
  ['identity, gzip', COMPRESS.gzip(json), 415],
  ['compress', json, 415],
  ['', json, 415],
])('Content-Encoding: %s', async (coding, body, status) => {
  const response = await send(body, coding);
  expect(response.status).toBe(status);
  expect(response.headers.get('accept-encoding')).toBe(status === 415 ? 'gzip, deflate, br, zstd' : null);
  expect(response.headers.get('accept-post')).toBeNull();
});

test('a compressed body of more than 10 MB is refused, whatever it decompresses to', async () => {
  const padding = Buffer.concat([COMPRESS.gzip(json), Buffer.alloc(10_000_000)]);
  expect((await send(padding, 'gzip')).status).toBe(413);
  expect((await send(padding, 'gzip', 65_536)).status).toBe(413);
});

/** A frame that is one byte long and asks for a window of 2 to the `windowLog`. */
function frameOfWindow(windowLog: number): Uint8Array {
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3, 0x09, 0, 0, 0x31]);
}

test.each([
  [23, 'invalid_body'],
  [24, 'malformed_encoding'],
  [27, 'malformed_encoding'],
  [31, 'malformed_encoding'],
])('a window of 2^%i bytes: %s', async (windowLog, code) => {
  for (const chunkBytes of [undefined, 1]) {
    const response = await send(frameOfWindow(windowLog), 'zstd', chunkBytes);
    expect(await response.json()).toMatchObject({ code });
  }
});
