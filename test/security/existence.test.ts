import { createHmac, hash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { send } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import { claimsFor, compact, hmacSigner, tokenOf } from './tokens.ts';
import { VICTIMS } from './tenants.ts';
import {
  api,
  asAcme,
  bearer,
  JSON_TYPE,
  keyOf,
  observing,
  postAsAcme,
  postWith,
  tellingPartsOf,
  world,
} from './world.ts';

/** A good one, of a tenant of the attacker's that no other test borrows it from. */
const SECRET = keyOf('acme-eu').slice('hg_acme-eu_'.length);
const event = anEvent({ id: 'evt_probe', timestamp: '2026-11-20T10:30:00Z' });
const ownKey = `apiKeys/${hash('sha256', keyOf('acme'))}`;
/** Of what was asked about others: what is held of tenants that send is read again, and their usage settled, from time to time. */
const collectionsOf = (documents: readonly string[]): string[] =>
  documents
    .filter((path) => path !== ownKey && !/^tenants\/(?:acme|newcomer-\d+)(?:\/|$)/.test(path))
    .map((path) => path.split('/')[0] ?? '');
const post = (target: string, body: unknown): Promise<WireResponse> =>
  asAcme({ target, headers: [JSON_TYPE], body: JSON.stringify(body) });
const get = (target: string): Promise<WireResponse> => asAcme({ method: 'GET', target });
const push = (token: string, tenant: string): Promise<WireResponse> => {
  const subscription = `projects/${world.stack.project}/subscriptions/${tenant}.events.decide`;
  const body = JSON.stringify({ message: { data: '', messageId: '1' }, subscription });
  return send(api, { target: '/push', headers: [bearer(token), JSON_TYPE], body });
};

/** A secret of the right form that is another one in each call, so that nothing is answered from a cache. */
let made = 0;
const madeUpSecret = (): string => createHmac('sha256', 'attacker').update(String(made++)).digest('base64url');

// What is known of the attacker's own tenant is in the caches: what is asked from now on is about others.
beforeAll(async () => {
  await get('/v1/subjects/cus_none');
});

describe('whether a tenant lives, is suspended or does not exist: answered alike, with as many questions asked', () => {
  test.each<[string, (tenant: string) => Promise<WireResponse>, number]>([
    ['a made-up key of it', (tenant) => postWith(`hg_${tenant}_${madeUpSecret()}`, event), 401],
    ['its prefix before a good secret', (tenant) => postWith(`hg_${tenant}_${SECRET}`, event), 401],
    ['its id in an event', (tenant) => postAsAcme({ ...event, tenant_id: tenant }), 422],
    [
      'its id in the second event',
      (tenant) => postAsAcme([{ ...event, tenant_id: tenant }, { bad: tenant.length }]),
      422,
    ],
    [
      'its id in a change of properties',
      (tenant) => post('/v1/user-properties', { id: 'upr_probe', subject: 's', properties: {}, tenant_id: tenant }),
      422,
    ],
    ['its id as a subject', (tenant) => get(`/v1/subjects/${tenant}`), 404],
    ['a path to its subjects', (tenant) => get(`/v1/subjects/..%2F..%2F${tenant}%2Fsubjects%2Fcus_1`), 404],
    ['its id in the query of a read', (tenant) => get(`/v1/subjects/cus_x?tenant_id=${tenant}`), 404],
    [
      'its subject with a made-up key',
      (tenant) => {
        const headers = [bearer(`hg_${tenant}_${madeUpSecret()}`)];
        return send(api, { method: 'GET', target: '/v1/subjects/cus_1', headers });
      },
      401,
    ],
    ['a forged push from its subscription', (tenant) => push('eyJhbGciOiJub25lIn0.e30.', tenant), 401],
    ['a push with an API key', (tenant) => push(keyOf('acme'), tenant), 401],
  ])('%s', async (_, probe, status) => {
    const answers = [];
    for (const victim of VICTIMS) answers.push(await observing(() => probe(victim)));
    const [first, ...others] = answers;
    expect(first?.result.status).toBe(status);
    for (const other of others) {
      expect(tellingPartsOf(other.result)).toEqual(tellingPartsOf(first!.result));
      expect(collectionsOf(other.firestore)).toEqual(collectionsOf(first!.firestore));
      expect(other.jwks).toEqual(first!.jwks);
    }
    const victims = new RegExp(`^tenants/(?:${VICTIMS.join('|')})`);
    expect(answers.flatMap(({ firestore }) => firestore).filter((path) => victims.test(path))).toEqual([]);
    for (const { result } of answers) expect(result.body).not.toMatch(/globex|tyrell|nobody/);
  });

  test.each<[string, (tenant: string) => string, number]>([
    ['signed by an issuer of the attacker', (tenant) => tokenOf(world.issuers.acme, { tenant_id: tenant }), 1],
    [
      "in the name of globex's issuer",
      (tenant) => tokenOf(world.issuers.acme, { tenant_id: tenant, iss: world.issuers.globex.issuer }),
      1,
    ],
    ['that nobody signed', (tenant) => compact({ alg: 'none' }, { tenant_id: tenant }, () => ''), 0],
    [
      'with a shared secret',
      (tenant) => compact({ alg: 'HS256' }, claimsFor(world.issuers.acme, { tenant_id: tenant }), hmacSigner(tenant)),
      0,
    ],
  ])('its id in a token %s', async (_, tokenFor, reads) => {
    // The second time, what there is to know of each has been read before.
    for (let time = 0; time < 2; time++) {
      for (const victim of VICTIMS) {
        const { result, firestore } = await observing(() => postWith(tokenFor(victim), event));
        expect(tellingPartsOf(result)).toEqual(tellingPartsOf(await postWith(tokenFor('nobody'), event)));
        expect(result.status).toBe(401);
        expect(collectionsOf(firestore)).toEqual(Array.from({ length: reads }, () => 'tenants'));
      }
    }
  });

  test.each([
    ['/v1/tenants/VICTIM', 'GET'],
    ['/v1/VICTIM/events', 'POST'],
    ['/v1/analytics/events/VICTIM', 'GET'],
    ['/v1/api-keys/hg_VICTIM_x', 'DELETE'],
  ])('its id in a path, %s: only the path itself is repeated', async (target, method) => {
    const answers = [];
    for (const victim of VICTIMS) {
      const response = await asAcme({ method, target: target.replace('VICTIM', victim) });
      answers.push(JSON.parse(JSON.stringify(tellingPartsOf(response)).replaceAll(victim, 'VICTIM')));
    }
    expect([answers[1], answers[2]]).toEqual([answers[0], answers[0]]);
    expect(answers[0]).toMatchObject({ status: expect.toSatisfy((status: number) => status >= 400 && status < 500) });
  });
});
