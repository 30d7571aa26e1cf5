import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { Refusal } from '#shared/errors/refusals.ts';
import { BoundedBytes } from './bounded-bytes.ts';
import type { ContentCoding } from './content-coding.ts';
import { tooLarge } from './too-large.ts';

/** What is at most decompressed at once: it takes well under a millisecond. */
const MAX_SYNC_BYTES = 262_144;
const CHUNK_BYTES = 65_536;

/**
 * What follows the compressed data is refused, not passed over in silence. Zstandard's windows are those of RFC 9659; a
 * frame that asks for more is refused before any memory is set aside for it.
 */
const STRICT = { chunkSize: CHUNK_BYTES, rejectGarbageAfterEnd: true };
const ZSTD = { ...STRICT, params: { [constants.ZSTD_d_windowLogMax]: 23 } };
/** Members may follow one another (RFC 1952); anything else that follows is refused without being asked. */
const GZIP = { chunkSize: CHUNK_BYTES };

const STREAMS: Readonly<Record<ContentCoding, () => Transform>> = {
  gzip: () => createGunzip(GZIP),
  deflate: () => createInflate(STRICT),
  br: () => createBrotliDecompress(STRICT),
  zstd: () => createZstdDecompress(ZSTD),
};

const AT_ONCE: Readonly<Record<ContentCoding, (compressed: Buffer, maxOutputLength: number) => Buffer>> = {
  gzip: (compressed, maxOutputLength) => gunzipSync(compressed, { ...GZIP, maxOutputLength }),
  deflate: (compressed, maxOutputLength) => inflateSync(compressed, { ...STRICT, maxOutputLength }),
  br: (compressed, maxOutputLength) => brotliDecompressSync(compressed, { ...STRICT, maxOutputLength }),
  zstd: (compressed, maxOutputLength) => zstdDecompressSync(compressed, { ...ZSTD, maxOutputLength }),
};

export interface Decompression {
  readonly coding: ContentCoding;
  readonly maxBytes: number;
  /** Told of how much has been decompressed, in so far as that takes more than a moment. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Decompresses a stream while it arrives, on other threads. As soon as there is one byte too many, all of it is
 * destroyed, and `compressed` is read no further.
 *
 * @throws Refusal `payload_too_large`, `malformed_encoding`, and whatever `compressed` throws.
 */
export async function decompressStream(
  compressed: AsyncIterable<Uint8Array>,
  { coding, maxBytes, onBytes }: Decompression,
): Promise<Buffer> {
  const collected = new BoundedBytes(maxBytes);
  try {
    await pipeline(compressed, STREAMS[coding](), async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) {
        const fits = collected.append(chunk);
        onBytes(fits ? collected.length : maxBytes);
        if (!fits) throw tooLarge(maxBytes);
      }
    });
  } catch (error) {
    throw error instanceof Refusal ? error : malformed(coding, error);
  }
  return collected.bytes();
}

/**
 * Decompresses a small body that has arrived. Doing so at once takes a tenth of what it costs to have another thread do
 * it, so that only what turns out to be large is given away.
 *
 * @throws Refusal `payload_too_large`, `malformed_encoding`
 */
export async function decompressSmall(compressed: Buffer, decompression: Decompression): Promise<Buffer> {
  const { coding, maxBytes } = decompression;
  try {
    return AT_ONCE[coding](compressed, Math.min(maxBytes, MAX_SYNC_BYTES));
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') throw malformed(coding, error);
  }
  return decompressStream(once(compressed), decompression);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function malformed(coding: ContentCoding, cause: unknown): Refusal {
  const reason = cause instanceof Error ? cause.message : 'cannot be decompressed';
  return new Refusal('malformed_encoding', { detail: `${coding}: ${reason}`, cause });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
