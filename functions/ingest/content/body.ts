import { Refusal } from '#shared/errors/refusals.ts';
import type { Limits } from '../limits.ts';
import { bodyTimeoutMs } from './body-timeout.ts';
import { BoundedBytes } from './bounded-bytes.ts';
import { type ContentCoding, readContentCoding } from './content-coding.ts';
import { decompressSmall, decompressStream } from './decompress.ts';
import { tooLarge } from './too-large.ts';

/** A compressed body that declares no more than this is read whole, then decompressed. */
const SMALL_COMPRESSED_BYTES = 16_384;

/** Told of how much of a body has come, decompressed, while it does. */
type OnBytes = (bytes: number) => void;

/**
 * Reads a body, and decompresses it as its `Content-Encoding` says. One that declares more than `maxBodyBytes` is refused
 * before any of it is read, and any other as soon as it exceeds that, compressed or decompressed.
 *
 * @param onBytes of a body that comes piece by piece, and of one that is refused.
 * @throws Refusal `unsupported_content_encoding`, `payload_too_large`, `malformed_encoding`, `request_timeout`, and
 *   `malformed_json` where it was cut off.
 */
export function readBody(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs: maxMs }: Pick<Limits, 'maxBodyBytes' | 'bodyTimeoutMs'>,
  onBytes: OnBytes = () => undefined,
): Promise<Buffer> {
  const coding = readContentCoding(request.headers.get('content-encoding'));
  const contentLength = request.headers.get('content-length');
  const declaredBytes = contentLength === null ? Number.NaN : Number(contentLength);
  if (declaredBytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return inTime(
    read(request, coding, { declaredBytes, maxBytes: maxBodyBytes, onBytes }),
    bodyTimeoutMs(declaredBytes, maxMs),
  );
}

interface Reading {
  /** NaN where nothing is declared that could be relied on. */
  readonly declaredBytes: number;
  readonly maxBytes: number;
  readonly onBytes: OnBytes;
}

function read(
  request: Request,
  coding: ContentCoding | undefined,
  { declaredBytes, maxBytes, onBytes }: Reading,
): Promise<Buffer> {
  if (coding === undefined) return declaredBytes >= 0 ? whole(request, maxBytes) : collect(request, maxBytes, onBytes);
  if (!(declaredBytes <= SMALL_COMPRESSED_BYTES)) {
    return decompressStream(chunksOf(request, maxBytes), { coding, maxBytes, onBytes });
  }
  return whole(request, maxBytes).then((compressed) => decompressSmall(compressed, { coding, maxBytes, onBytes }));
}

function whole(request: Request, maxBytes: number): Promise<Buffer> {
  return request.arrayBuffer().then((bytes) => {
    if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
    return Buffer.from(bytes);
  }, interrupted);
}

async function collect(request: Request, maxBytes: number, onBytes: OnBytes): Promise<Buffer> {
  const collected = new BoundedBytes(maxBytes);
  for await (const chunk of chunksOf(request, maxBytes)) {
    collected.append(chunk);
    onBytes(collected.length);
  }
  return collected.bytes();
}

/** The body as it arrives. Ending the iteration cancels it. */
async function* chunksOf(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return;
  let bytes = 0;
  try {
    for (;;) {
      const { value } = await reader.read().catch(interrupted);
      if (value === undefined) return;
      bytes += value.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Every request comes through here: this costs half of what a race of promises does. */
function inTime(reading: Promise<Buffer>, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Refusal('request_timeout', { detail: `A body has to arrive within ${timeoutMs} ms.` }));
    }, timeoutMs);
    reading.then(
      (body) => {
        clearTimeout(timer);
        resolve(body);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function interrupted(): never {
  throw new Refusal('malformed_json', { detail: 'The body ended before it was complete.' });
}
