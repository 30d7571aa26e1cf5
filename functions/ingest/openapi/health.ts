import type { RefusalCode } from '#shared/errors/refusals.ts';
import type { JsonSchema } from '#shared/events/json-schema.ts';
import { COMMON_REFUSALS, problems } from './refusals.ts';

/** The probes. */
export function healthPaths(): JsonSchema {
  return {
    '/healthz': { get: probe('alive', 'Alive', []) },
    '/readyz': { get: probe('ready', 'Ready: something can be published', ['publish_unavailable']) },
  };
}

function probe(operationId: string, summary: string, refusals: readonly RefusalCode[]): JsonSchema {
  const schema = { type: 'object', required: ['status'], properties: { status: { type: 'string' } } };
  return {
    operationId,
    tags: ['Health'],
    summary,
    security: [],
    responses: {
      200: { description: summary, content: { 'application/json': { schema } } },
      ...problems([...COMMON_REFUSALS, ...refusals]),
    },
  };
}
