import type { RefusalCode } from '#shared/errors/refusals.ts';
import type { JsonSchema } from '#shared/events/json-schema.ts';
import { mediaTypesOf } from '../content/read-items.ts';
import type { Endpoint } from '../endpoint.ts';
import { LIMITS } from '../limits.ts';
import { describeHeaders, type HeaderName } from './headers.ts';
import { COMMON_REFUSALS, CREDENTIAL_REFUSALS, problems } from './refusals.ts';
import { withScope } from './security.ts';

/** Refusals of requests that were let in: each says what is left of the tenant's limits. */
const AFTER_ENTRY = [
  'malformed_json',
  'malformed_encoding',
  'invalid_idempotency_key',
  'invalid_body',
  'request_timeout',
  'idempotency_key_in_flight',
  'payload_too_large',
  'too_many_events',
  'too_many_values',
  'unsupported_media_type',
  'unsupported_content_encoding',
  'all_events_invalid',
  'idempotency_key_reused',
  'publish_unavailable',
  'deadline_exceeded',
] as const satisfies readonly RefusalCode[];

/** Every refusal that an endpoint which takes something in may answer with. */
export const INTAKE_REFUSALS: readonly RefusalCode[] = [
  ...COMMON_REFUSALS,
  ...CREDENTIAL_REFUSALS,
  ...AFTER_ENTRY,
  'rate_limited',
  'quota_exceeded',
  'too_many_in_flight',
  'abnormal_usage',
  'circuit_open',
];

const LIMIT_HEADERS: readonly HeaderName[] = ['ratelimit', 'ratelimit-policy'];

function headersBesides(code: RefusalCode): readonly HeaderName[] {
  if (code === 'all_events_invalid') return [...LIMIT_HEADERS, 'cache-control'];
  return (AFTER_ENTRY as readonly RefusalCode[]).includes(code) ? LIMIT_HEADERS : [];
}

/** The operation of an endpoint that takes something in. */
export function intake(
  endpoint: Pick<Endpoint<never>, 'path' | 'scope' | 'listName' | 'takesCloudEvents'>,
  summary: string,
  schemaName: string,
  examples: JsonSchema,
): JsonSchema {
  const { path, scope } = endpoint;
  const size = `${LIMITS.maxBodyBytes} bytes, decompressed; one of them ${LIMITS.maxEventBytes}`;
  const values = `${LIMITS.maxBodyValues} JSON values at whatever depth, one of them ${LIMITS.maxEventValues}`;
  return {
    operationId: path.slice('/v1/'.length),
    tags: ['Events'],
    summary,
    description: `Needs the scope \`${scope}\`. At most ${LIMITS.maxEvents} in a request of at most ${size}. It has at most ${values}.`,
    security: withScope(scope),
    parameters: [...PARAMETERS, ...(endpoint.takesCloudEvents ? BINARY_CLOUD_EVENT : [])],
    requestBody: { required: !endpoint.takesCloudEvents, content: contentOf(endpoint, schemaName, examples) },
    responses: {
      202: {
        description: 'Pub/Sub has acknowledged everything that is called accepted',
        headers: describeHeaders([
          ...LIMIT_HEADERS.map((name) => [name, true] as const),
          ['idempotent-replayed', false],
        ]),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Results' } } },
      },
      ...withReplays(problems(INTAKE_REFUSALS, headersBesides)),
    },
  };
}

/** An answer that is remembered, and given again to the same `Idempotency-Key`, may also be that all was invalid. */
function withReplays(responses: JsonSchema): JsonSchema {
  const response = responses['422'] as { readonly headers: JsonSchema };
  const headers = { ...response.headers, ...describeHeaders([['idempotent-replayed', false]]) };
  return { ...responses, 422: { ...response, headers } };
}

function contentOf(
  { listName, takesCloudEvents }: Pick<Endpoint<never>, 'listName' | 'takesCloudEvents'>,
  schemaName: string,
  examples: JsonSchema,
): JsonSchema {
  const one = { $ref: `#/components/schemas/${schemaName}` };
  const many = { type: 'array', minItems: 1, maxItems: LIMITS.maxEvents, items: one };
  const named = {
    type: 'object',
    required: [listName],
    properties: { [listName]: many },
    additionalProperties: false,
  };
  const cloudEvent = { $ref: '#/components/schemas/CloudEvent' };
  const lines = { schema: { type: 'string', description: `On each line one ${schemaName} as JSON` } };
  const content: Record<string, JsonSchema> = {
    'application/json': { schema: { anyOf: [one, many, named] }, examples },
    'application/x-ndjson': lines,
    'application/jsonl': lines,
    'application/cloudevents+json': { schema: cloudEvent },
    'application/cloudevents-batch+json': { schema: { ...many, items: cloudEvent } },
  };
  return Object.fromEntries(mediaTypesOf({ takesCloudEvents }).map((type) => [type, content[type]]));
}

const PARAMETERS: readonly JsonSchema[] = [
  {
    name: 'Content-Encoding',
    in: 'header',
    description: 'How the body is compressed: at most once',
    schema: { enum: ['gzip', 'deflate', 'br', 'zstd', 'identity'], default: 'identity' },
  },
  {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Names the request (IETF draft): sent again within 24 hours with the same body, it is given the same answer, and ' +
      'nothing is taken in twice. 1 to 255 printable ASCII characters, in double quotes or, without spaces, bare.',
    schema: { type: 'string', minLength: 1 },
    example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
  },
  {
    name: 'traceparent',
    in: 'header',
    description: 'W3C Trace Context; travels with the messages',
    schema: { type: 'string' },
  },
];

/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode */
const BINARY_CLOUD_EVENT: readonly JsonSchema[] = [
  [
    'specversion',
    'CloudEvent in binary mode: its attributes are headers, its data the body, as `application/json`. `1.0`',
  ],
  ['id', 'CloudEvent in binary mode'],
  ['source', 'CloudEvent in binary mode'],
  ['type', 'CloudEvent in binary mode'],
  ['subject', 'CloudEvent in binary mode'],
  ['time', 'CloudEvent in binary mode'],
].map(([attribute, description]) => ({
  name: `ce-${attribute}`,
  in: 'header',
  description,
  schema: { type: 'string' },
}));
