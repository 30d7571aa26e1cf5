import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { invalidArgument, type StatusError } from '../protocol/status.ts';

const inflate = promisify(gunzip);

/** Room for a publish request of 10 MB, which is more than that in base64. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * The whole body, decompressed. What is left of one that is refused stays unread.
 * @throws StatusError INVALID_ARGUMENT for one that is too large, or not encoded as it says
 * @throws Error when the caller goes away
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw payloadTooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? decompress(body) : body;
}

async function decompress(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw payloadTooLarge();
    throw invalidArgument('The body is not encoded with gzip.');
  }
}

const payloadTooLarge = (): StatusError =>
  invalidArgument(`Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`);
