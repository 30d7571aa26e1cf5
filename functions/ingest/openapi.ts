import { PROBLEM_JSON } from '#shared/errors/problem.ts';
import { type RefusalCode, REFUSALS } from '#shared/errors/refusals.ts';
import { CATALOGUE, type CatalogueEntry } from '#shared/events/catalogue/index.ts';
import { EventInput } from '#shared/events/event-envelope.ts';
import { jsonSchemaOf } from '#shared/events/json-schema.ts';
import { SubjectView } from '#shared/events/subject-view.ts';
import { UserPropertiesInput } from '#shared/events/user-properties.ts';
import { type Endpoint, EVENTS, USER_PROPERTIES } from './endpoint.ts';
import { LIMITS } from './limits.ts';

type JsonSchema = Record<string, unknown>;

/** Refusals that each endpoint which takes something in may answer with. */
const INTAKE_REFUSALS: readonly RefusalCode[] = [
  'malformed_json',
  'invalid_body',
  'missing_credentials',
  'invalid_credentials',
  'insufficient_scope',
  'tenant_suspended',
  'method_not_allowed',
  'payload_too_large',
  'too_many_events',
  'unsupported_media_type',
  'unsupported_content_encoding',
  'all_events_invalid',
  'internal',
  'publish_unavailable',
  'settings_unavailable',
  'deadline_exceeded',
];

const SUBJECT_REFUSALS: readonly RefusalCode[] = [
  'missing_credentials',
  'invalid_credentials',
  'insufficient_scope',
  'tenant_suspended',
  'not_found',
  'method_not_allowed',
  'internal',
  'settings_unavailable',
];

const BEARER =
  'An API key, `hg_{tenant}_…`; or a JWT with the audience `headgate`, of an issuer that the tenant registered';

const EXAMPLE_TIMESTAMP = '2026-11-20T10:30:00Z';

/**
 * Describes the API in OpenAPI 3.1, whose schemas are JSON Schema 2020-12: they are derived from the zod schemas that
 * validate, and the refusals from the table that renders them.
 *
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openApiDocument(): JsonSchema {
  const propertiesExample = { subject: 'cus_1234567890', properties: { plan: 'premium', trial_ends: null } };
  return {
    openapi: '3.1.0',
    info: { title: 'Headgate', version: '1.0.0', description: 'Takes in events, and answers for each of them.' },
    security: [{ bearer: [] }],
    paths: {
      [EVENTS.path]: { post: intake(EVENTS, 'Post events', 'Event', eventExamples()) },
      [USER_PROPERTIES.path]: {
        post: intake(USER_PROPERTIES, "Set subjects' properties", 'UserProperties', {
          plan: { value: propertiesExample },
        }),
      },
      '/v1/subjects/{subject}': { get: subject() },
      '/healthz': { get: probe('Alive', ['method_not_allowed']) },
      '/readyz': { get: probe('Ready: Pub/Sub can be reached', ['method_not_allowed', 'publish_unavailable']) },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: BEARER } },
      schemas: {
        Event: { ...jsonSchemaOf(EventInput), allOf: CATALOGUE.map(dataOfType) },
        ...Object.fromEntries(CATALOGUE.map((entry) => [dataSchemaName(entry), dataSchema(entry)])),
        UserProperties: jsonSchemaOf(UserPropertiesInput),
        Subject: jsonSchemaOf(SubjectView),
        Results: RESULTS,
        Problem: PROBLEM,
      },
    },
  };
}

const ERROR: JsonSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', examples: ['invalid_event'] },
    message: { type: 'string', examples: ['timestamp: not an RFC 3339 date-time'] },
    path: { type: 'string', description: 'The field that is to blame, dotted', examples: ['timestamp'] },
  },
};

const RESULTS: JsonSchema = {
  type: 'object',
  required: ['accepted', 'rejected', 'results'],
  properties: {
    accepted: { type: 'integer', minimum: 0, description: 'Events that are stored, duplicates included' },
    rejected: { type: 'integer', minimum: 0 },
    retry: { type: 'integer', minimum: 1, description: 'Present where events are to be sent again' },
    results: {
      type: 'array',
      description: 'One for each event, in order',
      items: {
        type: 'object',
        required: ['status'],
        properties: {
          id: { type: 'string' },
          status: { enum: ['accepted', 'duplicate', 'rejected', 'retry'] },
          error: ERROR,
        },
      },
    },
  },
};

const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'code', 'title', 'status'],
  properties: {
    type: { type: 'string', format: 'uri' },
    code: { enum: Object.keys(REFUSALS) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    ...(RESULTS['properties'] as JsonSchema),
    accepted: { type: 'integer', minimum: 0 },
  },
};

function intake(
  { path, scope, listName }: Pick<Endpoint<never>, 'path' | 'scope' | 'listName'>,
  summary: string,
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
  const size = `${LIMITS.maxBodyBytes} bytes; one of them ${LIMITS.maxEventBytes}`;
  return {
    operationId: path.slice('/v1/'.length),
    summary,
    description: `Needs the scope \`${scope}\`. At most ${LIMITS.maxEvents} in a request of at most ${size}.`,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { anyOf: [one, many, named] }, examples } },
    },
    responses: {
      202: {
        description: 'Pub/Sub has acknowledged everything that is called accepted',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Results' } } },
      },
      ...problems(INTAKE_REFUSALS),
    },
  };
}

function subject(): JsonSchema {
  return {
    operationId: 'subject',
    summary: 'What is known of a subject',
    description: 'Needs the scope `analytics:read`.',
    parameters: [
      { name: 'subject', in: 'path', required: true, description: 'Percent-encoded', schema: { type: 'string' } },
    ],
    responses: {
      200: {
        description: 'Its properties, counts and decisions',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Subject' } } },
      },
      ...problems(SUBJECT_REFUSALS),
    },
  };
}

function probe(summary: string, refusals: readonly RefusalCode[]): JsonSchema {
  return { summary, security: [], responses: { 200: { description: summary }, ...problems(refusals) } };
}

/** One response for each status, naming the codes it may carry. */
function problems(codes: readonly RefusalCode[]): JsonSchema {
  const byStatus = Map.groupBy(codes, (code) => REFUSALS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codesOfStatus]) => [
      status,
      {
        description: codesOfStatus.map((code) => `\`${code}\`: ${REFUSALS[code].title}`).join('. '),
        content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function dataSchemaName({ type, version }: CatalogueEntry): string {
  return `${type}.${version}`;
}

function dataSchema(entry: CatalogueEntry): JsonSchema {
  return { ...jsonSchemaOf(entry.data), description: entry.description, examples: [entry.example.data] };
}

/** What `data` has to be where the event is of this type and version; a version left out is 1.0. */
function dataOfType(entry: CatalogueEntry): JsonSchema {
  return {
    if: {
      properties: { type: { const: entry.type }, version: { const: entry.version } },
      required: entry.version === '1.0' ? ['type'] : ['type', 'version'],
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { data: { $ref: `#/components/schemas/${dataSchemaName(entry)}` } } },
  };
}

function eventExamples(): JsonSchema {
  return Object.fromEntries(
    CATALOGUE.map(({ type, version, description, example }) => [
      `${type} ${version}`,
      { summary: description, value: { type, version, timestamp: EXAMPLE_TIMESTAMP, ...example } },
    ]),
  );
}
