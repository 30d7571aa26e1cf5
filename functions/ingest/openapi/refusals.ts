import { PROBLEM_JSON, problemOf } from '#shared/errors/problem.ts';
import { Refusal, type RefusalCode, REFUSALS } from '#shared/errors/refusals.ts';
import type { JsonSchema } from '#shared/events/json-schema.ts';
import { describeHeaders, type HeaderName, isDescribed } from './headers.ts';

/** Of whatever is asked for with a credential. */
export const CREDENTIAL_REFUSALS = [
  'missing_credentials',
  'invalid_credentials',
  'insufficient_scope',
  'tenant_suspended',
  'too_many_unknown_credentials',
  'overloaded',
  'settings_unavailable',
] as const satisfies readonly RefusalCode[];

/** Of whatever there is. */
export const COMMON_REFUSALS = ['malformed_request', 'method_not_allowed', 'internal'] as const satisfies RefusalCode[];

/** Headers that a code always has, but not by the table: they say something of the occurrence. */
const OF_OCCURRENCE: Partial<Record<RefusalCode, readonly HeaderName[]>> = {
  method_not_allowed: ['allow'],
  unsupported_media_type: ['accept-post'],
  rate_limited: ['retry-after', 'ratelimit', 'ratelimit-policy'],
  quota_exceeded: ['retry-after', 'ratelimit', 'ratelimit-policy'],
  abnormal_usage: ['retry-after'],
};

/**
 * One response for each status, naming the codes it may carry, and the headers: those that all of its codes have are there
 * in every such answer.
 *
 * @param besides headers that an operation's answers have beside those of their code.
 */
export function problems(
  codes: readonly RefusalCode[],
  besides: (code: RefusalCode) => readonly HeaderName[] = () => [],
): JsonSchema {
  const byStatus = Map.groupBy([...new Set(codes)], (code) => REFUSALS[code].status);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([one], [other]) => one - other)
      .map(([status, codesOfStatus]) => [status, problem(status, codesOfStatus, besides)]),
  );
}

function problem(
  status: number,
  codes: readonly RefusalCode[],
  besides: (code: RefusalCode) => readonly HeaderName[],
): JsonSchema {
  const headersOfEach = codes.map((code) => new Set([...headersOf(code), ...besides(code)]));
  const names = new Set(headersOfEach.flatMap((headers) => [...headers]));
  const isAlways = (name: HeaderName): boolean => headersOfEach.every((headers) => headers.has(name));
  return {
    description: codes.map((code) => `\`${code}\`: ${REFUSALS[code].title}`).join('. '),
    headers: describeHeaders([...names].map((name) => [name, isAlways(name)] as const)),
    content: {
      [PROBLEM_JSON]: {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }],
          properties: { code: { enum: codes }, status: { const: status } },
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: problemOf(new Refusal(code)) }])),
      },
    },
  };
}

function headersOf(code: RefusalCode): readonly HeaderName[] {
  const ofTable = Object.keys(REFUSALS[code].headers).filter(isDescribed);
  return ['cache-control', ...ofTable, ...(OF_OCCURRENCE[code] ?? [])];
}
