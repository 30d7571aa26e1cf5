import type { RefusalCode } from '#shared/errors/refusals.ts';
import type { JsonSchema } from '#shared/events/json-schema.ts';
import { describeHeaders } from './headers.ts';
import { COMMON_REFUSALS, CREDENTIAL_REFUSALS, problems } from './refusals.ts';
import { withScope } from './security.ts';

const REFUSALS_OF_ALL = [
  ...COMMON_REFUSALS,
  ...CREDENTIAL_REFUSALS,
  'too_many_in_flight',
  'api_keys_unavailable',
] as const satisfies readonly RefusalCode[];

const REFUSALS_OF_BODIES = [
  'malformed_json',
  'invalid_body',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
  'unsupported_content_encoding',
] as const satisfies readonly RefusalCode[];

const ID = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Of the key, as in the list',
  schema: { type: 'string' },
};

/** `/v1/api-keys` */
export function apiKeyPaths(): JsonSchema {
  return {
    '/v1/api-keys': {
      get: {
        ...operation('listApiKeys', 'List API keys'),
        responses: { 200: answer('The keys that have not expired', 'ApiKeyList'), ...problems(REFUSALS_OF_ALL) },
      },
      post: {
        ...operation('createApiKey', 'Make an API key'),
        requestBody: body('CreateApiKey', true),
        responses: {
          201: answer('The key: shown this once', 'CreatedApiKey'),
          ...problems([...REFUSALS_OF_ALL, ...REFUSALS_OF_BODIES, 'too_many_api_keys']),
        },
      },
    },
    '/v1/api-keys/{id}': {
      delete: {
        ...operation('deleteApiKey', 'End an API key: within a minute nothing takes it any more'),
        parameters: [ID],
        responses: { 204: { description: 'It has ended' }, ...problems([...REFUSALS_OF_ALL, 'not_found']) },
      },
    },
    '/v1/api-keys/{id}/rotate': {
      post: {
        ...operation('rotateApiKey', 'Make a key in place of another, which stays valid for a while'),
        parameters: [ID],
        requestBody: body('RotateApiKey', false),
        responses: {
          201: answer('The new key: shown this once', 'RotatedApiKey'),
          ...problems([...REFUSALS_OF_ALL, ...REFUSALS_OF_BODIES, 'not_found', 'too_many_api_keys']),
        },
      },
    },
  };
}

function operation(operationId: string, summary: string): JsonSchema {
  const description = 'Needs the scope `admin`.';
  return { operationId, tags: ['API keys'], summary, description, security: withScope('admin') };
}

function body(schemaName: string, required: boolean): JsonSchema {
  return { required, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName}` } } } };
}

function answer(description: string, schemaName: string): JsonSchema {
  return {
    description,
    headers: describeHeaders([['cache-control', true]]),
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName}` } } },
  };
}
