import { Refusal } from '#shared/errors/refusals.ts';
import { MAX_PUSH_BYTES } from './push-weight.ts';

/**
 * What a push says its length is; the most it may be where it does not say.
 *
 * @throws {Refusal} `payload_too_large`
 */
export function lengthOf(request: Request): number {
  const declared = request.headers.get('content-length');
  if (declared === null) return MAX_PUSH_BYTES;
  if (Number(declared) > MAX_PUSH_BYTES) throw new Refusal('payload_too_large');
  return Number(declared);
}

/**
 * The text of a push. What declares its length is held to it by the host. To be read past Hono, which would keep it for as long
 * as the request takes.
 *
 * @throws {Refusal} `payload_too_large`
 */
export async function bodyOf(request: Request): Promise<string> {
  if (request.headers.has('content-length')) return request.text();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_PUSH_BYTES) throw new Refusal('payload_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
