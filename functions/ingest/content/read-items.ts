import { Refusal } from '#shared/errors/refusals.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Limits } from '../limits.ts';
import { readBody } from './body.ts';
import { isBinaryCloudEvent, readBinaryCloudEvent } from './cloud-events/binary.ts';
import { batchForm, structuredForm } from './cloud-events/structured.ts';
import { ownForm, readJson } from './json.ts';
import { isJson, readMediaType } from './media-type.ts';
import { readNdjson } from './ndjson.ts';
import type { Received, Unparsed } from './received.ts';
import { valuesOf } from './value-bounds.ts';

interface Reading {
  readonly headers: Headers;
  readonly listName: string;
  readonly receivedAt: string;
  readonly limits: Limits;
}

/** Looks through a body, and parses none of it yet. */
type Reader = (body: Buffer, reading: Reading) => Unparsed;

const json: Reader = (body, { listName, limits }) => readJson(body, ownForm(listName), limits);
const ndjson: Reader = (body, { limits }) => readNdjson(body, limits);
const cloudEvent: Reader = (body, { receivedAt, limits }) => readJson(body, structuredForm(receivedAt, limits), limits);
const cloudEventBatch: Reader = (body, { receivedAt, limits }) => readJson(body, batchForm(receivedAt, limits), limits);
const binaryCloudEvent: Reader = (body, { headers, receivedAt, limits }) =>
  readBinaryCloudEvent(headers, body, receivedAt, limits);

/** Both names of newline-delimited JSON are in wide use, and neither is registered. */
const OWN_FORM: ReadonlyMap<string, Reader> = new Map([
  ['application/json', json],
  ['application/x-ndjson', ndjson],
  ['application/jsonl', ndjson],
]);

const WITH_CLOUD_EVENTS: ReadonlyMap<string, Reader> = new Map([
  ...OWN_FORM,
  ['application/cloudevents+json', cloudEvent],
  ['application/cloudevents-batch+json', cloudEventBatch],
]);

type Readable = Pick<Endpoint<never>, 'listName' | 'takesCloudEvents'>;

/** Who is asked before anything is done that costs. */
export interface Admittance {
  /** For a turn at the CPU, which parsing does not leave before it is done. As `Entry.turn`. */
  readonly turn: (units: number) => Promise<void> | undefined;
  /** So many bytes of the body have come, decompressed: also of one that is refused then. */
  readonly received: (bodyBytes: number) => void;
  /** For so many events. Called once. */
  readonly charge: (events: number, bodyBytes: number) => void;
}

/** To look through so many bytes takes as long as an event's worth of work; ten megabytes take 5 to 15 ms. */
const SCANNED_BYTES_PER_UNIT = 10_000;
const SCANNED_AT_ONCE = 100_000;

/**
 * Reads a request's items, in whatever format and encoding its headers name. What is large is looked through, and charged for, and
 * is yet to be parsed.
 *
 * @param receivedAt stands in for the time that a CloudEvent may leave out.
 * @throws Refusal `unsupported_media_type`, `unsupported_content_encoding`, `malformed_encoding`, `malformed_json`,
 *   `invalid_body`, `payload_too_large`, `too_many_events`, `too_many_values`, `request_timeout`, and what `charge` throws.
 */
export async function readItems(
  request: Request,
  {
    endpoint,
    limits,
    receivedAt,
  }: { readonly endpoint: Readable; readonly limits: Limits; readonly receivedAt: string },
  { turn, received, charge }: Admittance,
): Promise<Received> {
  const { headers } = request;
  const read = readerOf(headers, endpoint);
  const body = await readBody(request, limits, received);
  received(body.length);
  const scan = body.length > SCANNED_AT_ONCE ? turn(Math.ceil(body.length / SCANNED_BYTES_PER_UNIT)) : undefined;
  if (scan !== undefined) await scan;
  const { values, count, batches } = read(body, { headers, listName: endpoint.listName, receivedAt, limits });
  const [only] = batches;
  if (count !== undefined || only === undefined) {
    charge(chargedEvents(count ?? 0, values, body, limits), body.length);
    return { count: count ?? 0, batches, body };
  }
  const waiting = turn(only.units);
  if (waiting !== undefined) await waiting;
  const parsed = only.parse();
  const { length } = parsed.items;
  charge(chargedEvents(length, values, body, limits), body.length);
  return { count: length, batches: [{ units: 0, parse: () => parsed }], body };
}

/** How many events a request counts as: an event of many values counts as several. */
function chargedEvents(events: number, atMostValues: number, body: Buffer, limits: Limits): number {
  const of = (values: number): number => Math.max(events, Math.ceil(values / limits.valuesPerChargedEvent));
  // Commas within texts were taken for values: they are told apart where it matters.
  return of(atMostValues) === events ? events : of(valuesOf(body, limits) + events - 1);
}

/** Media types of the bodies that an endpoint takes. */
export function mediaTypesOf({ takesCloudEvents }: Pick<Readable, 'takesCloudEvents'>): readonly string[] {
  return [...(takesCloudEvents ? WITH_CLOUD_EVENTS : OWN_FORM).keys()];
}

/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3-http-message-mapping */
function readerOf(headers: Headers, endpoint: Readable): Reader {
  const contentType = headers.get('content-type') ?? '';
  const mediaType = readMediaType(contentType);
  const reader = isBinary(headers, mediaType, endpoint)
    ? contentType === '' || isJson(mediaType)
      ? binaryCloudEvent
      : undefined
    : (endpoint.takesCloudEvents ? WITH_CLOUD_EVENTS : OWN_FORM).get(mediaType ?? '');
  if (reader !== undefined) return reader;
  const mediaTypes = mediaTypesOf(endpoint);
  throw new Refusal('unsupported_media_type', {
    detail: `Content-Type: must be ${mediaTypes.join(' or ')}, in UTF-8.`,
    headers: { 'accept-post': mediaTypes.join(', ') },
  });
}

function isBinary(headers: Headers, mediaType: string | undefined, { takesCloudEvents }: Readable): boolean {
  return takesCloudEvents && mediaType?.startsWith('application/cloudevents') !== true && isBinaryCloudEvent(headers);
}
