import { REFUSALS } from '#shared/errors/refusals.ts';
import type { JsonSchema } from '#shared/events/json-schema.ts';

const ERROR: JsonSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', examples: ['invalid_event'] },
    message: { type: 'string', examples: ['timestamp: not an RFC 3339 date-time'] },
    path: { type: 'string', description: 'The field that is to blame, dotted', examples: ['timestamp'] },
  },
};

const RESULT_MEMBERS = {
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
} as const satisfies JsonSchema;

/** What a request is answered of which something was accepted. */
export const RESULTS: JsonSchema = {
  type: 'object',
  required: ['accepted', 'rejected', 'results'],
  properties: RESULT_MEMBERS,
};

/** What a request is answered that was refused as a whole. */
export const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'RFC 9457. Where the events were looked at, their results are members of it.',
  required: ['type', 'code', 'title', 'status'],
  properties: {
    type: { type: 'string', format: 'uri' },
    code: { enum: Object.keys(REFUSALS) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    path: { type: 'string', description: 'The field of the body that is to blame' },
    'violated-policies': {
      type: 'array',
      items: { enum: ['second', 'day', 'month'] },
      description: 'Names of `RateLimit-Policy`',
    },
    ...RESULT_MEMBERS,
  },
};
