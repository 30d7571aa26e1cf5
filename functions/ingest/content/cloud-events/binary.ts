import { refusal } from '#shared/events/problems.ts';
import type { Limits } from '#functions/ingest/limits.ts';
import { ALL_EXACT } from '../inexact.ts';
import { parseBody } from '../json.ts';
import type { ParsedJson } from '../parse-json.ts';
import { type Items, type Unparsed, UnreadableItem } from '../received.ts';
import { requireValues, singleEvent, unitsOf } from '../value-bounds.ts';
import { translateCloudEvent } from './translate.ts';

const PREFIX = 'ce-';
/** Where one of these is, whoever sent it meant a CloudEvent; one that lacks the other is told so. */
const INDICATORS = ['ce-specversion', 'ce-id'];
/** What is not sent as a header: the data is the body, and its type the `Content-Type`. */
const ELSEWHERE: ReadonlySet<string> = new Set(['data', 'data_base64', 'datacontenttype']);

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const EMPTY: ParsedJson = { json: undefined, inexact: ALL_EXACT };

/** Whether a request whose media type is no CloudEvents format is a CloudEvent in binary mode. */
export function isBinaryCloudEvent(headers: Headers): boolean {
  return INDICATORS.some((name) => headers.has(name));
}

/**
 * Reads a CloudEvent in binary mode: its attributes are the headers that begin with `ce-`, its data is the body, which
 * has to be JSON, or empty where there is none.
 *
 * @throws Refusal `too_many_values`
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode
 */
export function readBinaryCloudEvent(headers: Headers, body: Buffer, receivedAt: string, limits: Limits): Unparsed {
  const { values, error } = singleEvent(body, limits);
  requireValues(values, limits);
  const attributes = [...headers].filter(([name]) => name.startsWith(PREFIX));
  const datacontenttype = headers.get('content-type') ?? undefined;
  const parse = (): Items => {
    if (error !== undefined) {
      return { items: [new UnreadableItem(error, headers.get('ce-id') ?? undefined)], inexact: ALL_EXACT };
    }
    const { json, inexact } = body.length === 0 ? EMPTY : parseBody(body);
    const item = itemOf(attributes, { data: json, datacontenttype }, receivedAt, limits);
    // The body is the data.
    const noted = [...inexact].map(([index, { path, reason }]) => [index, { path: `data.${path}`, reason }] as const);
    return { items: [item], inexact: new Map(noted) };
  };
  return { values, count: 1, batches: [{ units: error === undefined ? unitsOf(values, body.length) : 1, parse }] };
}

function itemOf(
  headers: readonly (readonly [string, string])[],
  content: { readonly data: unknown; readonly datacontenttype: string | undefined },
  receivedAt: string,
  limits: Limits,
): unknown {
  const attributes: [string, unknown][] = [];
  for (const [header, text] of headers) {
    const name = header.slice(PREFIX.length);
    const value = decode(text);
    if (value === undefined || ELSEWHERE.has(name)) {
      const reason = value === undefined ? 'must be percent-encoded UTF-8' : 'must not be a header';
      return new UnreadableItem(refusal('invalid_event', name, reason).error);
    }
    attributes.push([name, value]);
  }
  return translateCloudEvent(Object.fromEntries([...attributes, ...Object.entries(content)]), receivedAt, limits);
}

/**
 * What a header's value stands for: without the double quotes that earlier releases of the binding have, and with one
 * round of percent-decoding.
 *
 * @returns undefined where that is not UTF-8, or it has characters that are to be percent-encoded.
 */
function decode(value: string): string | undefined {
  if (!PRINTABLE_ASCII.test(value)) return undefined;
  const text = QUOTED.exec(value)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? value;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
