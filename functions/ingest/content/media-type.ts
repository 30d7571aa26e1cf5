import { MIMEType } from 'node:util';

/**
 * The media type that a `Content-Type` header names, in lower case and without parameters.
 *
 * @returns undefined where there is none, it cannot be parsed, or it names another charset than UTF-8.
 * @see https://mimesniff.spec.whatwg.org/#parsing-a-mime-type
 */
export function readMediaType(contentType: string): string | undefined {
  if (contentType === 'application/json') return contentType;
  try {
    const { essence, params } = new MIMEType(contentType);
    return /^utf-?8$/i.test(params.get('charset') ?? 'utf-8') ? essence : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a media type is JSON: `application/json`, or any with the suffix `+json`. */
export function isJson(mediaType: string | undefined): boolean {
  return mediaType === 'application/json' || mediaType?.endsWith('+json') === true;
}
