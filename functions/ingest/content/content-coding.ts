import { Refusal } from '#shared/errors/refusals.ts';

/** Content codings that a body may have. */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd';

const CODINGS: ReadonlyMap<string, ContentCoding | undefined> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
  ['identity', undefined],
]);

/**
 * Reads the `Content-Encoding` header: at most one coding. Several, applied one after the other, are refused: a body that
 * was compressed twice is a mistake or an attack.
 *
 * @returns undefined where the body is as it is.
 * @throws Refusal `unsupported_content_encoding`
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 */
export function readContentCoding(contentEncoding: string | null): ContentCoding | undefined {
  if (contentEncoding === null) return undefined;
  const name = contentEncoding.trim().toLowerCase();
  if (CODINGS.has(name)) return CODINGS.get(name);
  throw new Refusal('unsupported_content_encoding', {
    detail: name.includes(',')
      ? 'Content-Encoding: send the body with one coding, not with several.'
      : 'Content-Encoding: must be gzip, deflate, br, zstd or identity.',
  });
}
