import { Refusal } from '#shared/errors/refusals.ts';
import { type ExactJson, parseBytesExactly } from './exact-json.ts';
import { requireCount } from './item-count.ts';
import type { Received } from './received.ts';

/**
 * Reads a body that is JSON as a whole.
 *
 * @throws Refusal `malformed_json`
 */
export function parseBody(body: Buffer): ExactJson {
  try {
    return parseBytesExactly(body);
  } catch (error) {
    throw new Refusal('malformed_json', { detail: error instanceof Error ? error.message : 'Cannot be read' });
  }
}

/**
 * Reads JSON: one item, an array of them, or an object whose member `listName` is the array.
 *
 * @throws Refusal `malformed_json`, `invalid_body`, `too_many_events`.
 */
export function readJson(body: Buffer, listName: string, maxEvents: number): Pick<Received, 'items' | 'inexact'> {
  const { json, inexact } = parseBody(body);
  return { items: itemsOf(json, listName, maxEvents), inexact };
}

function itemsOf(json: unknown, listName: string, maxEvents: number): readonly unknown[] {
  if (typeof json !== 'object' || json === null) {
    throw new Refusal('invalid_body', { detail: `Send an object, an array of objects, or {"${listName}": […]}.` });
  }
  const list = Array.isArray(json) ? json : Object.hasOwn(json, listName) ? listOf(json, listName) : [json];
  requireCount(list.length, maxEvents);
  return list;
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
