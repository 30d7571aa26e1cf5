import type { JsonSchema } from '#shared/events/json-schema.ts';
import { describeHeaders } from './headers.ts';
import { COMMON_REFUSALS, CREDENTIAL_REFUSALS, problems } from './refusals.ts';
import { withScope } from './security.ts';

/** `/v1/subjects` */
export function subjectPaths(): JsonSchema {
  return {
    '/v1/subjects/{subject}': {
      get: {
        operationId: 'subject',
        tags: ['Subjects'],
        summary: 'What is known of a subject',
        description: 'Needs the scope `analytics:read`.',
        security: withScope('analytics:read'),
        parameters: [
          { name: 'subject', in: 'path', required: true, description: 'Percent-encoded', schema: { type: 'string' } },
          {
            name: 'project_id',
            in: 'query',
            description: 'The project whose subject it is. Default: that of the credential, if it is bound to one',
            schema: { type: 'string' },
          },
        ],
        responses: {
          200: {
            description: 'Its properties, counts and decisions',
            headers: describeHeaders([['cache-control', true]]),
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Subject' } } },
          },
          ...problems([...COMMON_REFUSALS, ...CREDENTIAL_REFUSALS, 'not_found', 'too_many_in_flight']),
        },
      },
    },
  };
}
