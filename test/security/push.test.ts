import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { PUSH_ACCOUNT_ID, pushAudience, serviceAccountEmail } from '#shared/naming/tenant-names.ts';
import { anEvent } from '#test/stack/event.ts';
import { send } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import { compact, encoded, hmacSigner, signerOf } from './tokens.ts';
import { api, asAcme, bearer, expectRefusal, type Header, JSON_TYPE, keyOf, published, world } from './world.ts';

const { project, pubsub } = world.stack;
const pushAccount = serviceAccountEmail(project, PUSH_ACCOUNT_ID);
const audienceOf = (tenant: string): string => pushAudience(api, TenantId.parse(tenant));

let server: Server;
/** Tokens that Pub/Sub really signed, by whom they are for. */
const tokens = { acme: '', globex: '', elsewhere: '', bare: '', stranger: '' };

const event = (tenant: string): Record<string, unknown> => ({
  ...anEvent({ id: 'evt_forged', subject: 'cus_forged' }),
  tenant_id: tenant,
  received_at: '2026-11-20T10:30:00Z',
});

function push(
  authorization: readonly Header[],
  subscription: string,
  content: unknown = event('acme'),
): Promise<WireResponse> {
  const data = Buffer.from(JSON.stringify(content)).toString('base64');
  const body = JSON.stringify({ message: { data, attributes: {}, messageId: '1' }, subscription });
  return send(api, { target: '/push', headers: [...authorization, JSON_TYPE], body });
}

const subscriptionOf = (tenant: string): string => `projects/${project}/subscriptions/${tenant}.events.decide`;

beforeAll(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tokens.acme = await tokenFor('acme', pushAccount, audienceOf('acme'));
  tokens.globex = await tokenFor('globex', pushAccount, audienceOf('globex'));
  tokens.elsewhere = await tokenFor('elsewhere', pushAccount, 'https://elsewhere.test/globex');
  tokens.bare = await tokenFor('bare', pushAccount, api);
  tokens.stranger = await tokenFor('stranger', `mallory@${project}.iam.gserviceaccount.com`, audienceOf('globex'));

  /** Pub/Sub signs a token for whatever it pushes; here it pushes to us. */
  async function tokenFor(name: string, email: string, audience: string): Promise<string> {
    await pubsubCall('PUT', `topics/scratch-${name}`, {});
    await pubsubCall('PUT', `subscriptions/scratch-${name}`, {
      topic: `projects/${project}/topics/scratch-${name}`,
      pushConfig: { pushEndpoint: endpoint, oidcToken: { serviceAccountEmail: email, audience } },
    });
    const pushed = once(server, 'request');
    await pubsubCall('POST', `topics/scratch-${name}:publish`, { messages: [{ data: 'AA==' }] });
    const [request, response] = (await pushed) as [IncomingMessage, { writeHead(status: number): { end(): void } }];
    response.writeHead(204).end();
    return (request.headers.authorization ?? '').replace('Bearer ', '');
  }
});
afterAll(() => server.close());

async function pubsubCall(method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`http://${pubsub}/v1/projects/${project}/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

async function expectNothingApplied(): Promise<void> {
  const response = await asAcme({ method: 'GET', target: '/v1/subjects/cus_forged' });
  expectRefusal(response, 404, 'not_found');
}

describe('a push that is not from Pub/Sub', () => {
  const { acme } = world.issuers;
  const claims = {
    iss: 'https://accounts.google.com',
    aud: audienceOf('acme'),
    email: pushAccount,
    email_verified: true,
    exp: 9e9,
  };
  const kidOf = (token: string): unknown =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  test.each<[string, () => readonly Header[], string]>([
    ['no token', () => [], 'missing_credentials'],
    ['Basic credentials', () => [['authorization', 'Basic eDp4']], 'missing_credentials'],
    ['an API key', () => [bearer(keyOf('acme'))], 'invalid_credentials'],
    [
      'a token for customers, of an issuer of the tenant',
      () => [
        bearer(
          compact(
            { alg: 'RS256', kid: acme.keys.RS256.privateJwk.kid },
            claims,
            signerOf('RS256', acme.keys.RS256.privateJwk),
          ),
        ),
      ],
      'invalid_credentials',
    ],
    [
      'no algorithm',
      () => [bearer(compact({ alg: 'none', kid: kidOf(tokens.acme) }, claims, () => ''))],
      'invalid_credentials',
    ],
    [
      "HS256 with the signer's public key",
      () => [bearer(compact({ alg: 'HS256', kid: kidOf(tokens.acme) }, claims, hmacSigner('x')))],
      'invalid_credentials',
    ],
    [
      'the right key id, another key',
      () => [
        bearer(
          compact({ alg: 'RS256', kid: kidOf(tokens.acme) }, claims, signerOf('RS256', acme.keys.RS256.privateJwk)),
        ),
      ],
      'invalid_credentials',
    ],
    [
      'a key id of a prototype',
      () => [bearer(compact({ alg: 'RS256', kid: '__proto__' }, claims, () => 'AA'))],
      'invalid_credentials',
    ],
    [
      'other claims under the same signature',
      () => {
        const [header, , signature] = tokens.globex.split('.');
        return [bearer(`${header}.${encoded(claims)}.${signature}`)];
      },
      'invalid_credentials',
    ],
    ['a token of Pub/Sub for another audience', () => [bearer(tokens.elsewhere)], 'invalid_credentials'],
    ['a token of Pub/Sub for no tenant', () => [bearer(tokens.bare)], 'invalid_credentials'],
    ["a token of Pub/Sub in another account's name", () => [bearer(tokens.stranger)], 'invalid_credentials'],
    ['no key id', () => [bearer(compact({ alg: 'RS256' }, claims, () => 'AA'))], 'invalid_credentials'],
    [
      'a made-up key id',
      () => [bearer(compact({ alg: 'RS256', kid: 'made-up' }, claims, () => 'AA'))],
      'invalid_credentials',
    ],
    ['a token twice', () => [bearer(tokens.acme), bearer(tokens.acme)], 'missing_credentials'],
  ])('%s: refused, whatever subscription it names', async (_, authorization, code) => {
    for (const tenant of ['acme', 'globex', 'nobody']) {
      expectRefusal(await push(authorization(), subscriptionOf(tenant)), 401, code);
    }
    await expectNothingApplied();
  });
});

describe("a push with another tenant's token", () => {
  test.each([
    ["the tenant's subscription", subscriptionOf('acme')],
    ['its subscription for properties', `projects/${project}/subscriptions/acme.user-properties.decide`],
    ['one that does not push', `projects/${project}/subscriptions/globex.events.archive`],
    ['one of a tenant that does not exist', subscriptionOf('nobody')],
    ['one of a tenant that is suspended', subscriptionOf('tyrell')],
    ['one of another project', 'projects/another-project/subscriptions/globex.events.decide'],
    ['one with a path', `projects/${project}/subscriptions/globex.events.decide/../acme.events.decide`],
    ['one that ends alike', `projects/${project}/subscriptions/x/globex.events.decide`],
    ['none', 'x'],
    ['a prototype', '__proto__'],
  ])('that names %s: refused', async (_, subscription) => {
    expectRefusal(await push([bearer(tokens.globex)], subscription), 403, 'insufficient_scope');
    await expectNothingApplied();
  });

  test("that brings the tenant's event on its own subscription: dead-lettered as its own", async () => {
    expect((await push([bearer(tokens.globex)], subscriptionOf('globex'))).status).toBe(204);
    const messages = await published();
    expect(messages.map(({ topic, attributes }) => [topic, attributes['reason']])).toEqual([
      ['globex.dead-letter', 'tenant_id: is not that of the topic'],
    ]);
    await expectNothingApplied();
  });

  test.each([
    ['no message', '{}'],
    ['a list', '[]'],
    ['no JSON', '{'],
    ['data that is no base64', `{"message":{"data":"%%","messageId":"1"},"subscription":"x"}`],
    ['attributes that are no text', `{"message":{"attributes":{"a":{}},"messageId":"1"},"subscription":"x"}`],
    ['100,000 levels', '['.repeat(100_000)],
  ])('%s: refused', async (_, body) => {
    const headers = [bearer(tokens.globex), JSON_TYPE];
    expectRefusal(await send(api, { target: '/push', headers, body }), 400, 'invalid_body');
  });
});
