import type { Limits } from '../limits.ts';
import type { Inexact } from './inexact.ts';
import { requireCount } from './item-count.ts';
import { atMostValues, isBlankByte } from '#shared/events/json-outline.ts';
import { byteOrderMarkBytes, parseJson } from './parse-json.ts';
import { type Batch, type Items, type Unparsed, UnreadableItem } from './received.ts';
import { isSmall, pieceOf, requireValues, singleEvent, tooMuchForAnEvent, unitsOf, valuesOf } from './value-bounds.ts';

const LF = 0x0a;

interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

/**
 * Reads newline-delimited JSON: each line is one item by itself. Blank lines are skipped, lines may end with CRLF, and the
 * last with nothing. In the place of a line that is not JSON, or has more values than an event may have, stands an
 * {@link UnreadableItem} that names the line.
 *
 * @throws Refusal `invalid_body` where there is no line; `too_many_events`, having read no further than that takes;
 *   `too_many_values`.
 * @see https://github.com/ndjson/ndjson-spec
 */
export function readNdjson(body: Buffer, limits: Limits): Unparsed {
  const lines: Line[] = [];
  for (const line of linesOf(body)) {
    if (lines.push(line) > limits.maxEvents) break;
  }
  requireCount(lines.length, limits.maxEvents);
  const values = atMostValues(body) + lines.length;
  if (!isSmall(values, body.length, limits)) return inPieces(lines, limits);
  return { values, count: lines.length, batches: [batchOf(lines, values, body.length, limits)] };
}

function* linesOf(body: Buffer): Generator<Line> {
  let number = 1;
  for (let at = byteOrderMarkBytes(body); ;) {
    for (; isBlankByte(body[at]); at++) if (body[at] === LF) number++;
    if (at >= body.length) return;
    const newline = body.indexOf(LF, at);
    const end = newline === -1 ? body.length : newline;
    yield { number, bytes: body.subarray(at, end) };
    at = end;
  }
}

function inPieces(lines: readonly Line[], limits: Limits): Unparsed {
  const bounds = pieceOf(limits);
  const batches: Batch[] = [];
  let piece = { lines: [] as Line[], values: 0, bytes: 0 };
  let total = 0;
  const cut = (): void => {
    if (piece.lines.length > 0) batches.push(batchOf(piece.lines, piece.values, piece.bytes, limits));
    piece = { lines: [], values: 0, bytes: 0 };
  };
  for (const line of lines) {
    const values = valuesOf(line.bytes, limits);
    const error = tooMuchForAnEvent(values, line.bytes.length, limits);
    total += values;
    requireValues(total, limits);
    // What is not parsed is no work.
    const [ownValues, ownBytes] = error === undefined ? [values, line.bytes.length] : [0, 0];
    if (piece.values + ownValues > bounds.values || piece.bytes + ownBytes > bounds.bytes) cut();
    piece.lines.push(line);
    piece.values += ownValues;
    piece.bytes += ownBytes;
  }
  cut();
  return { values: total, count: lines.length, batches };
}

function batchOf(lines: readonly Line[], values: number, bytes: number, limits: Limits): Batch {
  return { units: unitsOf(values, bytes), parse: () => parseLines(lines, limits) };
}

function parseLines(lines: readonly Line[], limits: Limits): Items {
  const inexact = new Map<number, Inexact>();
  const items = lines.map(({ number, bytes }, index) => {
    try {
      const { error } = singleEvent(bytes, limits);
      if (error !== undefined) return new UnreadableItem({ ...error, message: `line ${number}: ${error.message}` });
      const parsed = parseJson(bytes);
      const found = parsed.inexact.get(0);
      if (found !== undefined) inexact.set(index, found);
      return parsed.json;
    } catch (error) {
      const reason = error instanceof SyntaxError ? error.message : 'cannot be read';
      return new UnreadableItem({ code: 'malformed_json', message: `line ${number}: ${reason}` });
    }
  });
  return { items, inexact };
}
