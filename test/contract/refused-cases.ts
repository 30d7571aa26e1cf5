import { randomUUID } from 'node:crypto';
import { makeApiKey } from '#shared/auth/api-key.ts';
import type { Scope } from '#shared/auth/scopes.ts';
import type { RefusalCode } from '#shared/errors/refusals.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { anEvent } from '#test/stack/event.ts';
import { send } from '#test/wire/request.ts';
import type { Answered } from './answered.ts';
import type { ContractCase } from './contract-case.ts';
import { crowd, fillTenant } from './crowd.ts';
import { ALL_FORMATS, type Content, ENCODINGS, encoded, type Format, FORMATS } from './formats.ts';
import { content, type Sender } from './sender.ts';

const JSON_FORMATS: readonly Format[] = ['JSON', 'CloudEvent', 'batch of CloudEvents', 'binary CloudEvent'];
const TOO_MANY = 2_501;
const TOO_MANY_VALUES = 250_001;
const TOO_LARGE = 10_000_001;
const INVALID_IN_A_ROW = 50;
const FAILURES_IN_A_ROW = 5;
/** In all formats together several times what is looked up of one tenant in a second. */
const UNKNOWN_IN_EACH = 120;
const STRANGER = TenantId.parse('stranger');

function everyFormat(
  contentOf: (format: Format) => Content,
  formats: readonly Format[] = ALL_FORMATS,
): ContractCase['run'] {
  return ({ post }) =>
    Promise.all(formats.map(async (format) => [format, await post('acme', contentOf(format))] as const));
}

/** A body in the format's own media type. */
function bodyIn(format: Format, body: string | Uint8Array): Content {
  return { headers: FORMATS[format](anEvent()).headers, body };
}

/** A new API key of acme's. */
async function keyWith({ hosted, world }: Sender, scope: Scope): Promise<string> {
  const { body } = await send(hosted.url, {
    target: '/v1/api-keys',
    headers: [
      ['authorization', `Bearer ${world.adminKey}`],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify({ name: `key-${randomUUID().slice(0, 8)}`, scopes: [scope] }),
  });
  return (JSON.parse(body) as { key: string }).key;
}

/** What `POST /v1/events` refuses as a whole: a case at least for every code. */
export const REFUSED_CASES: readonly ContractCase[] = [
  {
    name: 'a Host header that names no host',
    answer: 'malformed_request',
    run: async ({ inEach }) => inEach(ALL_FORMATS, 'acme', [['host', 'a b']]),
  },
  {
    name: 'half a body',
    answer: 'malformed_json',
    run: everyFormat((format) => bodyIn(format, '{"a": '), JSON_FORMATS),
  },
  {
    name: 'a body that is not what its encoding says',
    answer: 'malformed_encoding',
    run: async ({ post }) => {
      const answers: Answered[] = [];
      for (const format of ALL_FORMATS) {
        for (const encoding of ENCODINGS) {
          if (encoding === 'identity') continue;
          const headers = [['content-encoding', encoding]] as const;
          answers.push([`${format}, ${encoding}`, await post('acme', FORMATS[format](anEvent()), headers)]);
        }
      }
      return answers;
    },
  },
  {
    name: 'an Idempotency-Key that is none',
    answer: 'invalid_idempotency_key',
    run: ({ inEach }) => inEach(ALL_FORMATS, 'acme', [['idempotency-key', '""']]),
  },
  {
    name: 'a body of another shape',
    answer: 'invalid_body',
    run: async ({ post }) => [
      ['JSON', await post('acme', bodyIn('JSON', '5'))],
      ['JSON, empty list', await post('acme', bodyIn('JSON', '[]'))],
      ['JSON, a list that is none', await post('acme', bodyIn('JSON', '{"events": 1}'))],
      ['ndjson', await post('acme', bodyIn('ndjson', '\n'))],
      ['CloudEvent', await post('acme', bodyIn('CloudEvent', '[]'))],
      ['batch of CloudEvents', await post('acme', bodyIn('batch of CloudEvents', '{}'))],
    ],
  },
  { name: 'no credential', answer: 'missing_credentials', run: ({ inEach }) => inEach(ALL_FORMATS, undefined) },
  {
    name: 'a credential that is none',
    answer: 'invalid_credentials',
    run: ({ inEach }) => inEach(ALL_FORMATS, undefined, [['authorization', 'Bearer nothing']]),
  },
  {
    name: 'a key without the scope',
    answer: 'insufficient_scope',
    run: async (sender) => {
      const key = await keyWith(sender, 'analytics:read');
      return sender.inEach(ALL_FORMATS, undefined, [['authorization', `Bearer ${key}`]]);
    },
  },
  { name: 'a suspended tenant', answer: 'tenant_suspended', run: ({ inEach }) => inEach(ALL_FORMATS, 'halted') },
  {
    name: 'another method',
    answer: 'method_not_allowed',
    run: async ({ hosted }) => [
      ['GET', await send(hosted.url, { method: 'GET' })],
      ['PUT', await send(hosted.url, { method: 'PUT', ...content('application/json', '{}') })],
    ],
  },
  {
    name: 'the same Idempotency-Key while the first is in flight',
    answer: 'idempotency_key_in_flight',
    run: async ({ post }) => {
      const answers = ALL_FORMATS.map(async (format) => {
        const sent = FORMATS[format](anEvent());
        const key = [['idempotency-key', `"${randomUUID()}"`]] as const;
        const both = await Promise.all([post('sluggish', sent, key), post('sluggish', sent, key)]);
        return [format, both.find(({ status }) => status !== 202) ?? both[0]] as const;
      });
      return Promise.all(answers);
    },
  },
  {
    name: 'the same Idempotency-Key with another body',
    answer: 'idempotency_key_reused',
    run: async ({ post }) =>
      Promise.all(
        ALL_FORMATS.map(async (format) => {
          const key = [['idempotency-key', `"${randomUUID()}"`]] as const;
          await post('acme', FORMATS[format](anEvent({ data: { n: 1 } })), key);
          return [format, await post('acme', FORMATS[format](anEvent({ data: { n: 2 } })), key)] as const;
        }),
      ),
  },
  {
    name: 'a body of more than 10 MB, in every encoding',
    answer: 'payload_too_large',
    run: async ({ post }) => {
      const body = Buffer.alloc(TOO_LARGE, ' ');
      const declared = ALL_FORMATS.map((format) => [format, bodyIn(format, body)] as const);
      const compressed = ENCODINGS.map((encoding) => [encoding, encoded(bodyIn('JSON', body), encoding)] as const);
      const answers: Answered[] = [];
      for (const [what, sent] of [...declared, ...compressed]) answers.push([what, await post('acme', sent)]);
      return answers;
    },
  },
  {
    name: 'more than 2,500 events',
    answer: 'too_many_events',
    run: async ({ post }) => {
      const events = Array.from({ length: TOO_MANY }, () => ({}));
      const lines = events.map((event) => JSON.stringify(event)).join('\n');
      return [
        ['JSON', await post('acme', bodyIn('JSON', JSON.stringify(events)))],
        ['ndjson', await post('acme', bodyIn('ndjson', lines))],
        ['batch of CloudEvents', await post('acme', bodyIn('batch of CloudEvents', JSON.stringify(events)))],
      ];
    },
  },
  {
    name: 'more than 250,000 JSON values, in every format, and in every encoding',
    answer: 'too_many_values',
    run: async ({ post }) => {
      const values = JSON.stringify({ a: Array.from({ length: TOO_MANY_VALUES }, () => ({})) });
      const bodies = { 'batch of CloudEvents': `[${values}]` } as Partial<Record<Format, string>>;
      const inFormats = ALL_FORMATS.map((format) => [format, bodyIn(format, bodies[format] ?? values)] as const);
      const inEncodings = ENCODINGS.map((encoding) => [encoding, encoded(bodyIn('JSON', values), encoding)] as const);
      const answers: Answered[] = [];
      for (const [what, sent] of [...inFormats, ...inEncodings]) answers.push([what, await post('acme', sent)]);
      return answers;
    },
  },
  {
    name: 'another media type',
    answer: 'unsupported_media_type',
    run: async ({ post }) => {
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'nonsense'];
      return Promise.all(types.map(async (type) => [type, await post('acme', content(type, '{}'))] as const));
    },
  },
  {
    name: 'another encoding',
    answer: 'unsupported_content_encoding',
    run: ({ inEach }) => inEach(ALL_FORMATS, 'acme', [['content-encoding', 'compress']]),
  },
  {
    name: 'nothing but invalid events',
    answer: 'all_events_invalid',
    run: everyFormat((format) => FORMATS[format](anEvent({ type: 'Not A Type' }))),
  },
  {
    name: 'more events than the rate allows',
    answer: 'rate_limited',
    run: async ({ post, inEach }) => {
      const events = JSON.stringify(Array.from({ length: 2_500 }, () => anEvent()));
      // Its burst is the tenant's, of which another instance may have taken a part.
      for (let status = 202; status === 202;) {
        ({ status } = await post('metered', content('application/json', events)));
      }
      return inEach(ALL_FORMATS, 'metered');
    },
  },
  { name: 'a quota that is used up', answer: 'quota_exceeded', run: ({ inEach }) => inEach(ALL_FORMATS, 'spent') },
  {
    name: "all of a tenant's share of the instance in flight",
    answer: 'too_many_in_flight',
    run: async (sender) => {
      await using _crowd = await fillTenant(sender, 'crowded');
      return await sender.inEach(ALL_FORMATS, 'crowded');
    },
  },
  {
    name: 'all of the instance in flight',
    answer: 'overloaded',
    run: async (sender) => {
      await using _crowd = await crowd(sender);
      return await sender.inEach(ALL_FORMATS, 'outage');
    },
  },
  {
    name: 'more keys of one tenant that nobody knows than are looked up at a time',
    answer: 'too_many_unknown_credentials',
    run: async ({ post }) => {
      const all = Array.from({ length: UNKNOWN_IN_EACH }, () =>
        ALL_FORMATS.map(async (format) => {
          const credential = ['authorization', `Bearer ${makeApiKey(STRANGER).key}`] as const;
          return [format, await post(undefined, FORMATS[format](anEvent()), [credential])] as const;
        }),
      );
      // The first of them are looked up, and found not to be valid.
      const refused = (await Promise.all(all.flat())).filter(([, { status }]) => status !== 401);
      if (new Set(refused.map(([format]) => format)).size < ALL_FORMATS.length) throw new Error('too few were refused');
      return refused;
    },
  },
  {
    name: `${INVALID_IN_A_ROW} invalid requests in a row`,
    answer: 'abnormal_usage',
    run: async (sender) => {
      const credential = [['authorization', `Bearer ${await keyWith(sender, 'events:write')}`]] as const;
      const invalid = Array.from({ length: INVALID_IN_A_ROW }, () =>
        sender.post(undefined, bodyIn('JSON', '{'), credential),
      );
      await Promise.all(invalid);
      return sender.inEach(ALL_FORMATS, undefined, credential);
    },
  },
  {
    name: 'Pub/Sub refuses',
    answer: 'publish_unavailable',
    run: ({ inEach }) => inEach(ALL_FORMATS, 'outage'),
  },
  { name: 'Pub/Sub does not answer', answer: 'deadline_exceeded', run: ({ inEach }) => inEach(ALL_FORMATS, 'late') },
  {
    name: `${FAILURES_IN_A_ROW} publications in a row to a topic that is gone`,
    answer: 'circuit_open',
    run: async ({ post, inEach }) => {
      for (let i = 0; i < FAILURES_IN_A_ROW; i++) await post('hollow', FORMATS.JSON(anEvent()));
      return inEach(ALL_FORMATS, 'hollow');
    },
  },
  {
    name: 'Firestore cannot be reached, and nothing is cached',
    answer: 'settings_unavailable',
    run: async ({ hosted, world }) =>
      Promise.all(
        ALL_FORMATS.map(async (format) => {
          const { headers, body } = FORMATS[format](anEvent());
          const credential = ['authorization', `Bearer ${world.keys.acme}`] as const;
          return [format, await send(hosted.blindUrl, { headers: [credential, ...headers], body })] as const;
        }),
      ),
  },
  {
    name: 'a body that does not arrive in time',
    answer: 'request_timeout',
    run: ({ hosted }) => hosted.unfinished,
  },
];

/** Codes that nobody can bring about from outside: each would be a fault of ours. */
export const UNPROVOKABLE: readonly RefusalCode[] = ['internal'];
