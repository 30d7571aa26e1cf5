import { byteOrderMarkBytes, type Inexact, parseBytesExactly } from './exact-json.ts';
import { requireCount } from './item-count.ts';
import { type Received, UnreadableItem } from './received.ts';

const LF = 0x0a;
const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0d, LF]);

/**
 * Reads newline-delimited JSON: each line is one item by itself. Blank lines are skipped, lines may end with CRLF, and the
 * last with nothing. In the place of a line that is not JSON stands an {@link UnreadableItem} that names the line.
 *
 * @throws Refusal `invalid_body` where there is no line; `too_many_events`, having read no further than that takes.
 * @see https://github.com/ndjson/ndjson-spec
 */
export function readNdjson(body: Buffer, maxEvents: number): Pick<Received, 'items' | 'inexact'> {
  const items: unknown[] = [];
  const inexact = new Map<object, Inexact>();
  let line = 1;
  let at = byteOrderMarkBytes(body);
  for (;;) {
    for (; at < body.length && BLANKS.has(body[at]); at++) if (body[at] === LF) line++;
    if (at === body.length) break;
    const newline = body.indexOf(LF, at);
    const end = newline === -1 ? body.length : newline;
    try {
      const parsed = parseBytesExactly(body.subarray(at, end));
      items.push(parsed.json);
      for (const [container, found] of parsed.inexact) inexact.set(container, found);
    } catch (error) {
      items.push(unreadable(line, error));
    }
    if (items.length > maxEvents) break;
    at = end;
  }
  requireCount(items.length, maxEvents);
  return { items, inexact };
}

function unreadable(line: number, error: unknown): UnreadableItem {
  const reason = error instanceof SyntaxError ? error.message : 'cannot be read';
  return new UnreadableItem({ code: 'malformed_json', message: `line ${line}: ${reason}` });
}
