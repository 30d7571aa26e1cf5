import { memoryUsage } from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { constants, createBrotliCompress, gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { setUp } from '../fixtures.ts';

const MB = 1_000_000;

/** Of 10 GB of zeros each, as few bytes as can be. */
const BOMBS = {
  gzip: async () => repeated(gzipSync(Buffer.alloc(10 * MB), { level: 9 }), 1_000),
  /** A window of 8 MiB, then blocks that repeat one byte 128 KiB times; none is the last. */
  zstd: async () =>
    Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3]),
      repeated(Buffer.from([0x02, 0, 0x10, 0]), 77_000),
    ]),
  br: async () => {
    const encoder = createBrotliCompress();
    const next = () =>
      new Promise<Buffer>((resolve) => {
        encoder.write(Buffer.alloc(10 * MB));
        encoder.flush(constants.BROTLI_OPERATION_FLUSH, () => resolve(encoder.read() as Buffer));
      });
    const [first, second] = [await next(), await next()];
    return Buffer.concat([first, repeated(second, 1_000)]);
  },
};

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(bytes.length * times, bytes);
}

function memoryBytes(): number {
  const { external, heapUsed } = memoryUsage();
  return external + heapUsed;
}

test.each(Object.entries(BOMBS))(
  '10 GB in %s cost no memory, and are read no further than it takes',
  async (coding, make) => {
    const bomb = await make();
    const { app, apiKey } = setUp();
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-encoding': coding,
    };
    const before = memoryBytes();
    const beforeRss = memoryUsage.rss();
    let peak = before;
    let sent = 0;
    async function* sending() {
      for (; sent < bomb.length; sent += 1_024) {
        yield bomb.subarray(sent, sent + 1_024);
        await turn();
        peak = Math.max(peak, memoryBytes());
      }
    }
    const inChunks = await app.request('/v1/events', {
      method: 'POST',
      headers,
      body: ReadableStream.from(sending()),
      duplex: 'half',
    });
    expect(inChunks.status).toBe(413);
    // What is on the way when it is known: the source is a few chunks ahead of the decoder.
    expect(sent).toBeLessThan(Math.max(200_000, bomb.length / 10));
    const declared = await app.request('/v1/events', {
      method: 'POST',
      headers: { ...headers, 'content-length': String(bomb.length) },
      body: bomb,
    });
    peak = Math.max(peak, memoryBytes());
    expect(declared.status).toBe(413);
    // Both requests, with all that is not collected yet; each keeps at most 10 MB.
    expect(peak - before).toBeLessThan(150 * MB);
    expect(memoryUsage.rss() - beforeRss).toBeLessThan(150 * MB);
  },
);

afterEach(() => void vi.useRealTimers());

test.each(['identity', 'gzip'])('a body that trickles is cut off: %s', async (coding) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { app, apiKey, published } = setUp();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  void writer.write(Buffer.from([0x1f])).catch(() => undefined);
  const answered = app.request('/v1/events', {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'content-encoding': coding },
    body: readable,
    duplex: 'half',
  });
  await turn();
  await vi.advanceTimersByTimeAsync(19_000);
  expect(vi.getTimerCount()).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(1_000);
  const response = await answered;
  expect(response.status).toBe(408);
  expect(response.headers.get('connection')).toBe('close');
  expect(await response.json()).toMatchObject({ code: 'request_timeout' });
  expect(published).toEqual([]);
});
