import { isUtf8 } from 'node:buffer';
import { Refusal } from '#shared/errors/refusals.ts';
import type { Limits } from '../limits.ts';
import { ALL_EXACT, type InexactItems } from './inexact.ts';
import { requireCount } from './item-count.ts';
import { atMostValues, isBlankByte, type Outline, outlineOf, type Piece } from '#shared/events/json-outline.ts';
import { byteOrderMarkBytes, type ParsedJson, parseJson } from './parse-json.ts';
import { type Batch, type Items, type Unparsed, UnreadableItem } from './received.ts';
import { isSmall, pieceOf, requireValues, tooMuchForAnEvent, unitsOf } from './value-bounds.ts';

/** How the items of a format lie in its JSON. */
export interface Form {
  /** The member that may hold the list of items, where the body is an object. */
  readonly listName: string | undefined;
  /**
   * The items of the body as a whole.
   *
   * @throws Refusal `invalid_body`
   */
  readonly itemsOf: (json: unknown) => readonly unknown[];
  /** What is made of each item. Default: nothing else. */
  readonly translate?: (item: unknown) => unknown;
}

/**
 * Reads JSON: what is small as a whole, what is large a piece at a time. An event with more values than it may have is not parsed.
 *
 * @throws Refusal `too_many_values`, and of large bodies `malformed_json`, `invalid_body`, `too_many_events`.
 */
export function readJson(sent: Buffer, form: Form, limits: Limits): Unparsed {
  const body = withoutBlanks(sent);
  const values = atMostValues(body);
  if (isSmall(values, body.length, limits)) {
    const parse = (): Items => {
      const { json, inexact } = parseBody(body, (parsed) => depthOfList(parsed, form.listName));
      const items = form.itemsOf(json);
      requireCount(items.length, limits.maxEvents);
      return translated(items, inexact, form);
    };
    return { values, count: undefined, batches: [{ units: unitsOf(values, body.length), parse }] };
  }
  const { maxBodyValues: maxValues } = limits;
  const outline = outlineOf(body, { listDepth: listDepthIn(body, form.listName), maxValues, piece: pieceOf(limits) });
  requireValues(outline.values, limits);
  if (!isUtf8(body)) throw malformed('Not valid UTF-8');
  const { values: exactly, list } = outline;
  if (list === undefined) {
    const single: Piece = { start: 0, end: body.length, items: 1, values: exactly };
    return { values: exactly, count: 1, batches: [batchOf(body, single, form, limits)] };
  }
  requireFrame(body, list, form);
  const count = list.pieces.reduce((sum, { items }) => sum + items, 0);
  requireCount(count, limits.maxEvents);
  return { values: exactly, count, batches: list.pieces.map((piece) => batchOf(body, piece, form, limits, true)) };
}

/**
 * Parses a body as a whole.
 *
 * @throws Refusal `malformed_json`
 */
export function parseBody(body: Buffer, listDepthOf?: (json: unknown) => number): ParsedJson {
  try {
    return parseJson(body, listDepthOf);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : 'Cannot be read');
  }
}

const [OPEN, CLOSE] = [Buffer.from('['), Buffer.from(']')];

function batchOf(body: Buffer, piece: Piece, form: Form, limits: Limits, isOfList = false): Batch {
  const { start, end, values } = piece;
  const error = piece.items > 1 ? undefined : tooMuchForAnEvent(values, end - start, limits);
  if (error !== undefined) {
    return { units: 1, parse: () => ({ items: [new UnreadableItem(error)], inexact: ALL_EXACT }) };
  }
  const parse = (): Items => {
    if (isOfList) {
      const { json, inexact } = parseBody(Buffer.concat([OPEN, body.subarray(start, end), CLOSE]), () => 1);
      const items = json as readonly unknown[];
      // As `1,`, of which the comma is the last.
      if (items.length !== piece.items) throw malformed('A comma too many');
      return translated(items, inexact, form);
    }
    const { json, inexact } = parseBody(body);
    const items = form.itemsOf(json);
    // Where it is told by a name that is not written plainly, or is not the first.
    if (items[0] !== json) throw notAlone(form.listName);
    return translated(items, inexact, form);
  };
  return { units: unitsOf(values, end - start), parse };
}

function translated(items: readonly unknown[], inexact: InexactItems, { translate }: Form): Items {
  return { items: translate === undefined ? items : items.map(translate), inexact };
}

/** What may be written round a list. */
const MAX_FRAME_BYTES = 1_000;

/** Requires what is round the list to be what it would have to be were the list parsed with it. */
function requireFrame(body: Buffer, { start, end, pieces }: NonNullable<Outline['list']>, form: Form): void {
  const before = body.subarray(skipBlanks(body, byteOrderMarkBytes(body)), start);
  const after = body.subarray(end);
  if (before.length + after.length > MAX_FRAME_BYTES) throw notAlone(form.listName);
  const { json } = parseBody(Buffer.concat([before, Buffer.from([...pieces.keys()].join(',')), after]));
  const items = form.itemsOf(json);
  if (items.length !== pieces.length || items.some((item, index) => item !== index)) throw notAlone(form.listName);
}

function notAlone(listName: string | undefined): Refusal {
  return new Refusal('invalid_body', {
    detail: listName === undefined ? 'There is something beside the list.' : `${listName}: must be the only field`,
  });
}

/** At which depth the items are told apart; 0 where the body is one item, as far as can be seen. */
function listDepthIn(body: Buffer, listName: string | undefined): number {
  const at = skipBlanks(body, byteOrderMarkBytes(body));
  if (body[at] === 0x5b) return 1;
  if (body[at] !== 0x7b || listName === undefined) return 0;
  const name = `"${listName}"`;
  const nameAt = skipBlanks(body, at + 1);
  return body.toString('latin1', nameAt, nameAt + name.length) === name ? 2 : 0;
}

/** What stands behind it is nothing of its. */
function withoutBlanks(body: Buffer): Buffer {
  let end = body.length;
  while (isBlankByte(body[end - 1])) end--;
  return body.subarray(0, end);
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isBlankByte(bytes[at])) at++;
  return at;
}

function depthOfList(json: unknown, listName: string | undefined): number {
  if (Array.isArray(json)) return 1;
  return listName !== undefined && typeof json === 'object' && json !== null && Object.hasOwn(json, listName) ? 2 : 0;
}

function malformed(detail: string): Refusal {
  return new Refusal('malformed_json', { detail });
}

/** Headgate's own form: one item, an array of them, or an object whose member `listName` is the array. */
export function ownForm(listName: string): Form {
  return { listName, itemsOf: (json) => ownItemsOf(json, listName) };
}

function ownItemsOf(json: unknown, listName: string): readonly unknown[] {
  if (typeof json !== 'object' || json === null) {
    throw new Refusal('invalid_body', { detail: `Send an object, an array of objects, or {"${listName}": […]}.` });
  }
  return Array.isArray(json) ? json : Object.hasOwn(json, listName) ? listOf(json, listName) : [json];
}

function listOf(json: object, listName: string): readonly unknown[] {
  const list = (json as Record<string, unknown>)[listName];
  if (!Array.isArray(list)) {
    throw new Refusal('invalid_body', { detail: `${listName}: must be an array`, members: { path: listName } });
  }
  const other = Object.keys(json).find((name) => name !== listName);
  if (other !== undefined) {
    throw new Refusal('invalid_body', {
      detail: `${other}: unknown field beside ${listName}`,
      members: { path: other },
    });
  }
  return list as unknown[];
}
