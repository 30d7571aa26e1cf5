import type { JsonSchema } from '#shared/events/json-schema.ts';

const TEXT = { type: 'string' };

/** Response headers that mean something to a client, by their names in lower case. */
export const HEADERS = {
  allow: { description: 'The methods that there are', schema: TEXT },
  'accept-encoding': { description: 'The encodings that are taken', schema: TEXT },
  'accept-post': { description: 'The media types that are taken', schema: TEXT },
  'cache-control': { description: '`no-store`', schema: TEXT },
  'idempotent-replayed': { description: '`true` where an earlier answer is given again', schema: { const: 'true' } },
  ratelimit: {
    description:
      'What is left of each policy, in events or bytes, and for how many seconds no more is (RateLimit header draft)',
    schema: TEXT,
    example:
      '"second";r=1900;t=1, "day";r=9000000;t=3600, "second-bytes";r=4000000;t=1, "day-bytes";r=9000000000;t=3600',
  },
  'ratelimit-policy': {
    description: 'How many events, or bytes, in how many seconds (RateLimit header draft)',
    schema: TEXT,
    example: '"second";q=2000;qu="events";w=1, "day-bytes";q=50000000000;qu="content-bytes";w=86400',
  },
  'retry-after': {
    description: 'Seconds; whoever waits so long before sending the same again is not refused for the same reason',
    schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
  },
  'www-authenticate': { description: 'RFC 6750', schema: TEXT },
} as const satisfies Record<string, JsonSchema>;

export type HeaderName = keyof typeof HEADERS;

export function isDescribed(name: string): name is HeaderName {
  return Object.hasOwn(HEADERS, name);
}

/** Headers of a response, each with whether it is always there. */
export function describeHeaders(presence: Iterable<readonly [HeaderName, boolean]>): JsonSchema {
  return Object.fromEntries([...presence].map(([name, required]) => [name, { ...HEADERS[name], required }]));
}
