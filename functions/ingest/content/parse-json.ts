import { isUtf8 } from 'node:buffer';
import { ALL_EXACT, findInexact, type InexactItems, mayBeInexact } from './inexact.ts';

/** Parsed JSON, and what of it would not be stored as it was sent. */
export interface ParsedJson {
  readonly json: unknown;
  readonly inexact: InexactItems;
}

/**
 * Parses JSON. A byte order mark before it is ignored (RFC 8259, section 8.1).
 *
 * @param listDepthOf tells of the parsed JSON at which depth it has a list of items. Default: it is one item as a whole.
 * @throws SyntaxError
 */
export function parseJson(bytes: Buffer, listDepthOf: (json: unknown) => number = () => 0): ParsedJson {
  if (!isUtf8(bytes)) throw new SyntaxError('Not valid UTF-8');
  const text = bytes.toString('utf8', byteOrderMarkBytes(bytes));
  const json = parse(text);
  return { json, inexact: mayBeInexact(bytes, text) ? findInexact(bytes, listDepthOf(json)) : ALL_EXACT };
}

/** What V8 quotes of the text: it may be whom it is about, and refusals are kept in logs, the sender's own at least. */
const EXCERPT = /, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new SyntaxError(error.message.replace(EXCERPT, ' in JSON')) : error;
  }
}

/** How many bytes a byte order mark takes at the beginning: 3 or none. */
export function byteOrderMarkBytes(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
