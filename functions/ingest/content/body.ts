import { isUtf8 } from 'node:buffer';
import { Refusal } from '#shared/errors/refusals.ts';
import { type ExactJson, parseExactly } from './exact-json.ts';

/**
 * Reads a JSON body of at most `maxBytes`. One that declares more is refused before any of it is read, and one that
 * declares nothing as soon as it exceeds the limit.
 *
 * @throws Refusal `unsupported_media_type`, `unsupported_content_encoding`, `payload_too_large`, `malformed_json`.
 */
export async function readJson(request: Request, maxBytes: number): Promise<ExactJson & { readonly body: Buffer }> {
  requireJson(request.headers.get('content-type'));
  requireIdentity(request.headers.get('content-encoding'));
  const body = await readBytes(request, maxBytes);
  return { ...parseJson(body), body };
}

function requireJson(contentType: string | null): void {
  if (contentType === 'application/json') return;
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (mediaType.trim() === 'application/json' && (charset === undefined || /^charset="?utf-8"?$/.test(charset))) return;
  throw new Refusal('unsupported_media_type', { detail: 'Send Content-Type: application/json, in UTF-8.' });
}

function requireIdentity(contentEncoding: string | null): void {
  if (contentEncoding === null || contentEncoding.trim().toLowerCase() === 'identity') return;
  throw new Refusal('unsupported_content_encoding', { detail: 'Send the body as it is, with no Content-Encoding.' });
}

async function readBytes(request: Request, maxBytes: number): Promise<Buffer> {
  const declared = request.headers.get('content-length');
  if (declared === null) return readStream(request.body, maxBytes);
  if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
  const body = Buffer.from(await request.arrayBuffer().catch(interrupted));
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return body;
}

async function readStream(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = stream?.getReader();
  for (;;) {
    const chunk = await reader?.read().catch(interrupted);
    if (chunk?.value === undefined) return Buffer.concat(chunks, bytes);
    bytes += chunk.value.length;
    if (bytes > maxBytes) {
      await reader?.cancel().catch(() => undefined);
      throw tooLarge(maxBytes);
    }
    chunks.push(chunk.value);
  }
}

function parseJson(body: Buffer): ExactJson {
  if (!isUtf8(body)) throw new Refusal('malformed_json', { detail: 'The body is not valid UTF-8.' });
  try {
    return parseExactly(body.toString('utf8'));
  } catch (error) {
    throw new Refusal('malformed_json', {
      detail: error instanceof SyntaxError ? error.message : 'Nested too deeply.',
    });
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('payload_too_large', { detail: `A body has at most ${maxBytes} bytes.` });
}

function interrupted(): never {
  throw new Refusal('malformed_json', { detail: 'The body ended before it was complete.' });
}
