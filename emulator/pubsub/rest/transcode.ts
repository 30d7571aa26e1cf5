import type protobuf from 'protobufjs/light.js';
import { printMessage } from './json/print.ts';
import { messageTypeOf } from './json/fields.ts';
import { type EncodableMessage, parseMessage } from './json/parse.ts';
import { badRequest } from './json/refusal.ts';
import { bindField, bindQuery, systemParameter } from './query.ts';
import type { RouteMatch } from './router.ts';

export interface HttpRequest {
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
}

const FORM = 'application/x-www-form-urlencoded';

/**
 * The encoded request that an HTTP request stands for. What the path says wins over the query, and that over the body.
 * @see https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
 * @throws StatusError INVALID_ARGUMENT naming what is wrong, in Google's words
 */
export function encodeRequest({ rpc, body: bodyField, variables }: RouteMatch, http: HttpRequest): Buffer {
  const { requestType } = rpc;
  // curl calls its body a form unless told otherwise, and Google takes it at its word.
  const isForm = http.contentType.toLowerCase().startsWith(FORM);
  const request = bodyField === undefined || isForm ? {} : readBody(requestType, bodyField, http.body);
  if (bodyField !== undefined && isForm) bindQuery(requestType, request, new URLSearchParams(http.body.toString()));
  bindQuery(requestType, request, http.query);
  for (const [field, value] of variables) bindField(requestType, request, field, value);
  return requestType.encode(request).finish() as Buffer;
}

/** @param bodyField see `HttpRule.body` */
function readBody(requestType: protobuf.Type, bodyField: string, body: Buffer): EncodableMessage {
  const json = parseJson(body);
  if (bodyField === '*') return parseMessage(requestType, json);
  const field = requestType.fields[bodyField];
  const type = field && messageTypeOf(field);
  if (!type) throw new Error(`${requestType.fullName} has no message "${bodyField}" to be a body.`);
  return { [bodyField]: parseMessage(type, json, bodyField) };
}

function parseJson(body: Buffer): unknown {
  // An empty body is an empty request, as in POST …:detach.
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badRequest('', `Invalid JSON payload received. ${(error as Error).message}`);
  }
}

/** The JSON of an encoded response, as the query asks for it. */
export function decodeResponse(type: protobuf.Type, response: Buffer, query: URLSearchParams): string {
  const enumsAsNumbers = systemParameter(query, 'alt').includes('enum-encoding=int');
  const json = printMessage(type, type.decode(response), { enumsAsNumbers });
  return stringify(json, query);
}

/** Google's APIs indent what they answer, unless asked not to. */
export function stringify(json: unknown, query: URLSearchParams): string {
  const isPretty = !['false', '0'].includes(systemParameter(query, 'prettyPrint'));
  return isPretty ? `${JSON.stringify(json, undefined, 2)}\n` : JSON.stringify(json);
}
