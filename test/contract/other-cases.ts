import { randomUUID } from 'node:crypto';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { send, type WireRequest } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import type { Answered } from './answered.ts';
import type { ContractCase } from './contract-case.ts';
import { FORMATS } from './formats.ts';
import { content, type Sender } from './sender.ts';

type Who = 'admin' | 'acme' | 'halted' | 'nobody';
type Call = readonly [who: Who, method: string, target: string, body?: unknown];

/** Sends JSON, where there is a body. */
function call({ hosted, world }: Sender, [who, method, target, body]: Call): Promise<WireResponse> {
  const token = who === 'admin' ? world.adminKey : who === 'nobody' ? undefined : world.keys[who];
  const headers: [string, string][] = token === undefined ? [] : [['authorization', `Bearer ${token}`]];
  if (body === undefined) return send(hosted.url, { method, target, headers });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(hosted.url, { method, target, headers: [...headers, ['content-type', 'application/json']], body: text });
}

function calling(...calls: readonly Call[]): ContractCase['run'] {
  return async (sender) => {
    const answers: Answered[] = [];
    for (const each of calls) answers.push([each.slice(0, 3).join(' '), await call(sender, each)]);
    return answers;
  };
}

const aKey = (): object => ({ name: `key-${randomUUID().slice(0, 8)}`, scopes: ['events:write'] });

async function made(sender: Sender): Promise<string> {
  const { body } = await call(sender, ['admin', 'POST', '/v1/api-keys', aKey()]);
  return (JSON.parse(body) as { id: string }).id;
}

/** A request for a subject, without the credential. */
const target = (subject: string): WireRequest => ({ method: 'GET', target: `/v1/subjects/${subject}` });

const USER_PROPERTIES: readonly ContractCase[] = (
  [
    ['the properties of a subject', 202, 'acme', { subject: 'cus_1', properties: { plan: 'x' } }],
    ['properties of nobody', 'all_events_invalid', 'acme', [{ properties: {} }]],
    ['half a body', 'malformed_json', 'acme', '{'],
    ['a number', 'invalid_body', 'acme', 5],
    ['no credential', 'missing_credentials', 'nobody', {}],
    ['a suspended tenant', 'tenant_suspended', 'halted', {}],
  ] as const
).map(([name, answer, who, body]) => {
  const path = '/v1/user-properties';
  return { name, path, answer, run: calling([who, 'POST', path, body]) };
});

const SUBJECTS: readonly ContractCase[] = (
  [
    ['a subject that nobody has heard of', 'not_found', ['acme', 'GET', '/v1/subjects/nobody']],
    ['no credential', 'missing_credentials', ['nobody', 'GET', '/v1/subjects/cus_1']],
    ['a suspended tenant', 'tenant_suspended', ['halted', 'GET', '/v1/subjects/cus_1']],
    ['another method', 'method_not_allowed', ['acme', 'DELETE', '/v1/subjects/cus_1']],
  ] as const
).map(([name, answer, one]) => ({ name, path: '/v1/subjects/{subject}', method: 'get', answer, run: calling(one) }));

const KNOWN_SUBJECT: ContractCase = {
  name: 'a subject of whom something was sent',
  path: '/v1/subjects/{subject}',
  method: 'get',
  answer: 200,
  run: async ({ hosted, world, post }) => {
    const subject = `cus_${randomUUID()}`;
    await post('acme', FORMATS.JSON(anEvent({ subject })));
    const headers = [['authorization', `Bearer ${world.keys.acme}`]] as const;
    const response = await eventually(
      () => send(hosted.url, { ...target(subject), headers }),
      ({ status }) => status === 200,
      10_000,
    );
    return [['GET', response]];
  },
};

const KEYS = '/v1/api-keys';
const KEY = '/v1/api-keys/{id}';
const ROTATE = '/v1/api-keys/{id}/rotate';

const API_KEYS: readonly ContractCase[] = [
  ...(
    [
      ['get', 'the list', 200, ['admin', 'GET', KEYS]],
      ['get', 'no credential', 'missing_credentials', ['nobody', 'GET', KEYS]],
      ['get', 'a key without the scope', 'insufficient_scope', ['acme', 'GET', KEYS]],
      ['post', 'a new key', 201, ['admin', 'POST', KEYS, aKey()]],
      ['post', 'half a body', 'malformed_json', ['admin', 'POST', KEYS, '{']],
      ['post', 'a key without a name', 'invalid_body', ['admin', 'POST', KEYS, {}]],
      ['post', 'a large body', 'payload_too_large', ['admin', 'POST', KEYS, { name: 'x'.repeat(20_000) }]],
      ['post', 'another method', 'method_not_allowed', ['admin', 'PUT', KEYS, {}]],
    ] as const
  ).map(([method, name, answer, one]) => ({ name, path: KEYS, method, answer, run: calling(one) })),
  {
    name: 'another media type',
    path: KEYS,
    answer: 'unsupported_media_type',
    run: async ({ hosted, world }) => {
      const { headers, body } = content('text/plain', '{}');
      const credential = ['authorization', `Bearer ${world.adminKey}`] as const;
      return [['text', await send(hosted.url, { target: KEYS, headers: [credential, ...headers], body })]];
    },
  },
  {
    name: 'a key is deleted',
    path: KEY,
    method: 'delete',
    answer: 204,
    run: async (sender) => [['DELETE', await call(sender, ['admin', 'DELETE', `${KEYS}/${await made(sender)}`])]],
  },
  {
    name: 'a key that is not there',
    path: KEY,
    method: 'delete',
    answer: 'not_found',
    run: calling(['admin', 'DELETE', `${KEYS}/000000000000`]),
  },
  {
    name: 'a key is rotated',
    path: ROTATE,
    answer: 201,
    run: async (sender) => [
      ['POST', await call(sender, ['admin', 'POST', `${KEYS}/${await made(sender)}/rotate`, {}])],
    ],
  },
  {
    name: 'no such key',
    path: ROTATE,
    answer: 'not_found',
    run: calling(['admin', 'POST', `${KEYS}/000000000000/rotate`]),
  },
];

const PROBES: readonly ContractCase[] = ['/healthz', '/readyz'].flatMap((path) => [
  { name: 'it is', path, method: 'get', answer: 200, run: calling(['nobody', 'GET', path]) } as const,
  {
    name: 'another method',
    path,
    method: 'get',
    answer: 'method_not_allowed',
    run: calling(['nobody', 'POST', path]),
  } as const,
]);

/** What the other operations promise. */
export const OTHER_CASES: readonly ContractCase[] = [
  ...USER_PROPERTIES,
  KNOWN_SUBJECT,
  ...SUBJECTS,
  ...API_KEYS,
  ...PROBES,
];
