import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { DeadlineError, withDeadline } from '#shared/deadline/with-deadline.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import { describeIssues, reasonOf } from '#shared/events/problems.ts';

const MAX_BODY_BYTES = 16_384;
const BODY_TIMEOUT_MS = 10_000;

/**
 * Reads a small JSON body, of exactly the shape that `schema` has. No body at all counts as `{}`.
 *
 * @throws Refusal `unsupported_media_type`, `unsupported_content_encoding`, `payload_too_large`, `request_timeout`,
 *   `malformed_json`, `invalid_body`
 */
export async function readJson<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.infer<Schema>> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new Refusal('unsupported_content_encoding', {
      detail: 'Send the body as it is, with no Content-Encoding.',
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const body = await readBody(request);
  if (body.length > 0) requireJson(request.headers.get('content-type'));
  const parsed = schema.safeParse(body.length === 0 ? {} : parseJson(body), { error: reasonOf });
  if (parsed.success) return parsed.data;
  throw new Refusal('invalid_body', { detail: describeIssues(parsed.error) });
}

function requireJson(contentType: string | null): void {
  if (/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(contentType ?? '')) return;
  throw new Refusal('unsupported_media_type', {
    detail: 'Send Content-Type: application/json, in UTF-8.',
    headers: { 'accept-post': 'application/json' },
  });
}

async function readBody(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  try {
    return await withDeadline(collect(request.body), BODY_TIMEOUT_MS, 'body');
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (!(error instanceof DeadlineError)) {
      throw new Refusal('malformed_json', { detail: 'The body ended before it was complete.' });
    }
    throw new Refusal('request_timeout', { detail: `A body has to arrive within ${BODY_TIMEOUT_MS} ms.` });
  }
}

async function collect(body: ReadableStream<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal('payload_too_large', { detail: `A body has at most ${MAX_BODY_BYTES} bytes.` });
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Refusal('malformed_json', { detail: 'The body is not valid UTF-8.' });
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw new Refusal('malformed_json', {
      detail: error instanceof SyntaxError ? error.message : 'Nested too deeply.',
    });
  }
}
