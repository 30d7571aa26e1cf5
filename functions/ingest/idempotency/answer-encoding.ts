import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { z } from 'zod';
import type { Answer } from '../answer.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Of a Firestore document's 1 MiB. The results of 2,500 events with UUIDs for ids take 55 KB. */
const MAX_STORED_BYTES = 384 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;

const StoredAnswer = z.object({
  status: z.int().min(200).max(599),
  contentType: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** An answer as it is remembered, compressed; undefined where that would be more than 384 KiB. */
export async function encodeAnswer({ status, contentType, headers, body }: Answer): Promise<Uint8Array | undefined> {
  const stored: z.infer<typeof StoredAnswer> = { status, contentType, headers, body };
  const text = JSON.stringify(stored);
  if (text.length > MAX_BYTES) return undefined;
  const compressed = await deflate(text);
  return compressed.length > MAX_STORED_BYTES ? undefined : compressed;
}

/** The answer again; undefined where `stored` is not what {@link encodeAnswer} made. */
export async function decodeAnswer(stored: Uint8Array): Promise<Answer | undefined> {
  try {
    const text = (await inflate(stored, { maxOutputLength: 4 * MAX_BYTES })).toString();
    return { ...StoredAnswer.parse(JSON.parse(text)), isFinal: true };
  } catch {
    return undefined;
  }
}
