import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { send } from '#test/wire/request.ts';
import {
  acceptedIds,
  api,
  bearer,
  expectRefusal,
  type Header,
  JSON_TYPE,
  keyOf,
  postWith,
  published,
} from './world.ts';

const ACME = keyOf('acme');
const SECRET = ACME.slice('hg_acme_'.length);
const otherCase = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));

describe('keys that nobody was given', () => {
  test.each([
    ['made up, for the own tenant', `hg_acme_${'A'.repeat(43)}`],
    ["the own secret with another tenant's prefix", `hg_globex_${SECRET}`],
    ['the own secret with the prefix of a tenant whose name begins alike', `hg_acme-eu_${SECRET}`],
    ["another tenant's secret with the own prefix", `hg_acme_${keyOf('globex').slice('hg_globex_'.length)}`],
    ['the prefix in capitals', `HG_ACME_${SECRET}`],
    ['the secret in the other case', `hg_acme_${otherCase(SECRET)}`],
    ['its first 42 characters', ACME.slice(0, -1)],
    ['one character more', `${ACME}A`],
    ['padded as base64', `${ACME}=`],
    ['twice', `${ACME}${ACME}`],
    ['the digest that is stored, in hexadecimal', hash('sha256', ACME, 'hex')],
    ['the digest that is stored, as a key', `hg_acme_${hash('sha256', ACME, 'base64url')}`],
    ['a path to another document', `hg_acme_${'../tenants/globex'.padEnd(43, '_')}`],
    ['a query for any', "hg_acme_' OR '1'='1"],
    ['names of prototypes', '__proto__'],
    ['a megabyte less the limit of a header', 'A'.repeat(15_000)],
  ])('%s', async (_, key) => {
    expectRefusal(await postWith(key, anEvent()), 401, 'invalid_credentials');
  });

  test('the control: the key as it is', async () => {
    expect(acceptedIds(await postWith(ACME, anEvent({ id: 'evt_control' })))).toEqual(['evt_control']);
    expect((await published()).map(({ topic }) => topic)).toEqual(['acme.events']);
  });
});

describe('a good key in the wrong place', () => {
  const basic = Buffer.from(`${ACME}:`).toString('base64');
  test.each<[string, readonly Header[], string]>([
    ['as Basic credentials', [['authorization', `Basic ${basic}`]], 'invalid_credentials'],
    ['without a scheme', [['authorization', ACME]], 'invalid_credentials'],
    ['after another scheme', [['authorization', `Basic x, Bearer ${ACME}`]], 'invalid_credentials'],
    ['after a tab', [['authorization', `Bearer\t${ACME}`]], 'invalid_credentials'],
    ['in quotes', [['authorization', `Bearer "${ACME}"`]], 'invalid_credentials'],
    ['as X-API-Key', [['x-api-key', ACME]], 'missing_credentials'],
    ['as a cookie', [['cookie', `authorization=Bearer ${ACME}; key=${ACME}`]], 'missing_credentials'],
    ['as Proxy-Authorization', [['proxy-authorization', `Bearer ${ACME}`]], 'missing_credentials'],
    ['as X-Forwarded-Authorization', [['x-forwarded-authorization', `Bearer ${ACME}`]], 'missing_credentials'],
    ['empty', [['authorization', '']], 'missing_credentials'],
  ])('%s', async (_, headers, code) => {
    expectRefusal(await send(api, { headers: [...headers, JSON_TYPE], body: JSON.stringify(anEvent()) }), 401, code);
  });

  test.each([
    ['in the query', `/v1/events?access_token=${ACME}&api_key=${ACME}&key=${ACME}`],
    ['as the user of an absolute URL', `http://${ACME}:@headgate.test/v1/events`],
  ])('%s', async (_, target) => {
    const response = await send(api, { target, headers: [JSON_TYPE], body: JSON.stringify(anEvent()) });
    expect([400, 401]).toContain(response.status);
    expectRefusal(response, response.status, response.status === 401 ? 'missing_credentials' : 'malformed_request');
  });
});

describe('several Authorization headers: none is taken for the right one', () => {
  const globex = bearer(keyOf('globex'));
  const acme = bearer(ACME);
  test.each<[string, readonly Header[]]>([
    ['two tenants', [acme, globex]],
    ['two tenants, the other way round', [globex, acme]],
    ['a bad one first', [bearer('x'), acme]],
    ['a bad one last', [acme, bearer('x')]],
    ['the same one twice', [acme, acme]],
    ['in one header', [['authorization', `${acme[1]}, ${globex[1]}`]]],
    ['with a name in capitals', [acme, ['AUTHORIZATION', globex[1]]]],
  ])('%s', async (_, headers) => {
    const response = await send(api, { headers: [...headers, JSON_TYPE], body: JSON.stringify(anEvent()) });
    expectRefusal(response, 401, 'invalid_credentials');
  });
});

test('a suspended tenant is told so only by its own key', async () => {
  expectRefusal(await postWith(keyOf('tyrell'), anEvent()), 403, 'tenant_suspended');
  expectRefusal(await postWith(`hg_tyrell_${SECRET}`, anEvent()), 401, 'invalid_credentials');
});
