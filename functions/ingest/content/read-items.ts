import { Refusal } from '#shared/errors/refusals.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Limits } from '../limits.ts';
import { readBody } from './body.ts';
import { isBinaryCloudEvent, readBinaryCloudEvent } from './cloud-events/binary.ts';
import { readCloudEvent, readCloudEventBatch } from './cloud-events/structured.ts';
import { readJson } from './json.ts';
import { isJson, readMediaType } from './media-type.ts';
import { readNdjson } from './ndjson.ts';
import type { Received } from './received.ts';

type Items = Pick<Received, 'items' | 'inexact'>;

interface Reading {
  readonly headers: Headers;
  readonly listName: string;
  readonly maxEvents: number;
  readonly receivedAt: string;
}

type Reader = (body: Buffer, reading: Reading) => Items;

const json: Reader = (body, { listName, maxEvents }) => readJson(body, listName, maxEvents);
const ndjson: Reader = (body, { maxEvents }) => readNdjson(body, maxEvents);
const cloudEvent: Reader = (body, { receivedAt }) => readCloudEvent(body, receivedAt);
const cloudEventBatch: Reader = (body, { maxEvents, receivedAt }) => readCloudEventBatch(body, maxEvents, receivedAt);
const binaryCloudEvent: Reader = (body, { headers, receivedAt }) => readBinaryCloudEvent(headers, body, receivedAt);

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

/**
 * Reads a request's items, in whatever format and encoding its headers name.
 *
 * @param receivedAt stands in for the time that a CloudEvent may leave out.
 * @param mayParse asked before a body of so many bytes is parsed, which cannot be interrupted.
 * @throws Refusal `unsupported_media_type`, `unsupported_content_encoding`, `malformed_encoding`, `malformed_json`,
 *   `invalid_body`, `payload_too_large`, `too_many_events`, `request_timeout`.
 */
export async function readItems(
  request: Request,
  endpoint: Readable,
  limits: Limits,
  receivedAt: string,
  mayParse: (bytes: number) => Promise<void> | undefined,
): Promise<Received> {
  const { headers } = request;
  const read = readerOf(headers, endpoint);
  const body = await readBody(request, limits);
  const turn = mayParse(body.length);
  if (turn !== undefined) await turn;
  const { listName } = endpoint;
  return { ...read(body, { headers, listName, maxEvents: limits.maxEvents, receivedAt }), body };
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
