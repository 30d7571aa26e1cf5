import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { acceptedIds, expectRefusal, observing, postWith, published, world } from './world.ts';
import { claimsFor, compact, encoded, hmacSigner, type Part, signerOf, tokenOf } from './tokens.ts';

const { acme, globex } = world.issuers;
const RSA = acme.keys.RS256;
const signed = signerOf('RS256', RSA.privateJwk);
const nowSeconds = Math.floor(Date.now() / 1000);
const header = { alg: 'RS256', typ: 'JWT', kid: RSA.privateJwk.kid };
const claims = claimsFor(acme);
const good = tokenOf(acme);
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.');
const forgedClaims = claimsFor(acme, { sub: 'ann-the-admin', scope: 'admin events:write' });

async function expectDenied(token: string): Promise<void> {
  expectRefusal(await postWith(token, anEvent()), 401, 'invalid_credentials');
}

test.each(['RS256', 'ES256', 'EdDSA'] as const)('the control: a good token, signed with %s', async (algorithm) => {
  expect(acceptedIds(await postWith(tokenOf(acme, {}, {}, algorithm), anEvent()))).toHaveLength(1);
  expect((await published()).map(({ topic }) => topic)).toEqual(['acme.events']);
});

describe('how it is signed', () => {
  const der = createPublicKey(acme.publicPem).export({ type: 'spki', format: 'der' });
  const withoutKid = { ...header, kid: undefined };
  const ownKeys = globex.keys.RS256;
  test.each<[string, string]>([
    [
      'HS256 with the public key as PEM',
      compact({ ...header, alg: 'HS256' }, forgedClaims, hmacSigner(acme.publicPem)),
    ],
    ['HS256 with that PEM, trimmed', compact({ ...header, alg: 'HS256' }, claims, hmacSigner(acme.publicPem.trim()))],
    [
      'HS256 with the public key as JWK',
      compact({ ...header, alg: 'HS256' }, claims, hmacSigner(JSON.stringify(RSA.publicJwk))),
    ],
    [
      'HS256 with its modulus',
      compact({ ...header, alg: 'HS256' }, claims, hmacSigner(Buffer.from(RSA.publicJwk.n ?? '', 'base64url'))),
    ],
    ['HS256 with the public key as DER', compact({ ...header, alg: 'HS256' }, claims, hmacSigner(der))],
    ['HS256 with an empty secret', compact({ ...header, alg: 'HS256' }, claims, hmacSigner(''))],
    ['RS256 by name, HMAC in fact', compact(header, claims, hmacSigner(acme.publicPem))],
    ['none, without a signature', compact({ alg: 'none', typ: 'JWT' }, forgedClaims, () => '')],
    ['none, with a signature', compact({ ...header, alg: 'none' }, claims, signed)],
    ['None', compact({ alg: 'None' }, claims, () => '')],
    ['NONE', compact({ alg: 'NONE' }, claims, () => '')],
    ['nOnE', compact({ alg: 'nOnE' }, claims, () => '')],
    ['none in a list', compact({ alg: ['none'] }, claims, () => '')],
    ['no algorithm', compact({ typ: 'JWT', kid: RSA.privateJwk.kid }, claims, signed)],
    ['an empty one', compact({ ...header, alg: '' }, claims, signed)],
    ['another letter case', compact({ ...header, alg: 'rs256' }, claims, signed)],
    ['one that is not on the list, RS512', compact({ ...header, alg: 'RS512' }, claims, signed)],
    ['one that is not on the list, PS256', compact({ ...header, alg: 'PS256' }, claims, signed)],
    ['algorithms as a prototype', compact('{"__proto__":{"alg":"RS256"},"alg":"none"}', claims, () => '')],
    ['the algorithm twice', compact('{"alg":"RS256","alg":"none"}', claims, () => '')],
    ['ES256 by name, signed with RSA', compact({ ...header, alg: 'ES256' }, claims, signed)],
    [
      "ES256 by name and by key id, signed with another tenant's",
      compact(
        { alg: 'ES256', kid: acme.keys.ES256.privateJwk.kid },
        claims,
        signerOf('ES256', globex.keys.ES256.privateJwk),
      ),
    ],
    [
      'ES256 with a signature of zeros',
      compact({ alg: 'ES256', kid: acme.keys.ES256.privateJwk.kid }, claims, () =>
        Buffer.alloc(64).toString('base64url'),
      ),
    ],
    [
      'EdDSA with a signature of zeros',
      compact({ alg: 'EdDSA', kid: acme.keys.EdDSA.privateJwk.kid }, claims, () =>
        Buffer.alloc(64).toString('base64url'),
      ),
    ],
    ['no signature', `${goodHeader}.${goodPayload}.`],
    ['no signature and no dot', `${goodHeader}.${goodPayload}`],
    ['the signature twice', `${good}.${goodSignature}`],
    ['the signature doubled', `${good}${goodSignature}`],
    ['the signature cut', good.slice(0, -4)],
    ['the signature of another token', `${goodHeader}.${encoded(forgedClaims)}.${goodSignature}`],
    ['another header for the same signature', `${encoded({ ...header, x: 1 })}.${goodPayload}.${goodSignature}`],
    ['a signature padded as base64', `${good}==`],
    ['five parts, as if encrypted', `${good}.${goodPayload}.${goodSignature}`],
    [
      'a key that the token brings along, jwk',
      compact({ ...withoutKid, jwk: ownKeys.publicJwk }, claims, signerOf('RS256', ownKeys.privateJwk)),
    ],
    [
      'the same with the key id',
      compact({ ...header, jwk: ownKeys.publicJwk }, claims, signerOf('RS256', ownKeys.privateJwk)),
    ],
    [
      'an address of keys, jku',
      compact(
        { ...header, kid: ownKeys.privateJwk.kid, jku: globex.jwksUri },
        claims,
        signerOf('RS256', ownKeys.privateJwk),
      ),
    ],
    [
      'an address of certificates, x5u',
      compact({ ...withoutKid, x5u: globex.jwksUri }, claims, signerOf('RS256', ownKeys.privateJwk)),
    ],
    [
      'a certificate, x5c',
      compact({ ...withoutKid, x5c: [der.toString('base64')] }, claims, signerOf('RS256', ownKeys.privateJwk)),
    ],
    ['a critical header', tokenOf(acme, {}, { crit: ['exp'] })],
    ['a critical header that nobody knows', tokenOf(acme, {}, { crit: ['x'], x: true })],
    ['an empty list of critical headers', tokenOf(acme, {}, { crit: [] })],
    ['a payload that is not encoded, b64', tokenOf(acme, {}, { b64: false, crit: ['b64'] })],
  ])('%s', async (_, token) => {
    await expectDenied(token);
  });
});

describe('whose key it is', () => {
  test.each<[string, Part]>([
    ["another tenant's", { kid: globex.keys.RS256.privateJwk.kid }],
    ['unknown', { kid: 'unknown' }],
    ['a path', { kid: '../../../../../dev/null' }],
    ['a query', { kid: "x' UNION SELECT 'secret' -- " }],
    ['a command', { kid: '|touch /tmp/headgate-was-here' }],
    ['a URL', { kid: globex.jwksUri }],
    ['a prototype', { kid: '__proto__' }],
    ['empty', { kid: '' }],
    ['a number', { kid: 0 }],
    ['a list', { kid: [RSA.privateJwk.kid] }],
    ['null', { kid: null }],
    ['ten thousand characters', { kid: 'k'.repeat(10_000) }],
    ['with a line feed', { kid: `${RSA.privateJwk.kid}\n` }],
    ["of another algorithm's key", { kid: acme.keys.ES256.privateJwk.kid }],
  ])('a key id that is %s', async (_, override) => {
    await expectDenied(tokenOf(acme, {}, override));
  });

  test("made-up key ids do not have the issuer's keys fetched each time", async () => {
    const { jwks } = await observing(async () => {
      for (let i = 0; i < 20; i++) await expectDenied(tokenOf(acme, {}, { kid: `made-up-${i}` }));
    });
    expect(jwks.length).toBeLessThanOrEqual(1);
  });
});

describe('for whom, from whom, and when', () => {
  test.each<[string, Part]>([
    ['expired', { exp: nowSeconds - 60 }],
    ['expired long ago', { iat: 0, exp: 1 }],
    ['good for ten years', { exp: nowSeconds + 315_360_000 }],
    ['without exp', { exp: undefined }],
    ['exp as text', { exp: String(nowSeconds + 300) }],
    ['exp as null', { exp: null }],
    ['exp beyond numbers', { exp: '1e999' }],
    ['exp below zero', { exp: -1 }],
    ['not yet valid', { nbf: nowSeconds + 300 }],
    ['nbf as text', { nbf: '0' }],
    ['issued in the future', { iat: nowSeconds + 300 }],
    ['iat as text', { iat: 'now' }],
    ['for another audience', { aud: 'someone-else' }],
    ['for nobody', { aud: undefined }],
    ['for an audience that begins alike', { aud: 'headgate.evil.test' }],
    ['for an audience that ends alike', { aud: 'evil-headgate' }],
    ['for an audience in capitals', { aud: 'HEADGATE' }],
    ['for several, of which none is right', { aud: ['a', 'headgate '] }],
    ['for a list in a list', { aud: [['headgate']] }],
    ['for an empty list', { aud: [] }],
    ['for an object', { aud: { headgate: true } }],
    ['for another tenant, which does not know the issuer', { tenant_id: 'globex' }],
    ['for a tenant that is suspended', { tenant_id: 'tyrell' }],
    ['for a tenant that begins alike', { tenant_id: 'acme-eu' }],
    ['for no tenant', { tenant_id: undefined }],
    ['for a list of tenants', { tenant_id: ['acme', 'globex'] }],
    ['for a path', { tenant_id: 'acme/subjects/x' }],
    ['for a prototype', { tenant_id: '__proto__' }],
    ["from another tenant's issuer", { iss: globex.issuer }],
    ['from an issuer without the slash', { iss: acme.issuer.slice(0, -1) }],
    ['from an issuer in capitals', { iss: acme.issuer.toUpperCase() }],
    ['from an issuer with a user in front', { iss: acme.issuer.replace('https://', 'https://acme.idp.test@') }],
    ['from an issuer with a NUL', { iss: `${acme.issuer}\0` }],
    ['from a list of issuers', { iss: [acme.issuer] }],
    ['from nobody', { iss: undefined }],
    ['about nobody', { sub: undefined }],
    ['about an empty subject', { sub: '' }],
    ['about a list of subjects', { sub: ['dev-the-developer'] }],
    ['about a subject that is too long', { sub: 's'.repeat(256) }],
    ['bound to a project that cannot be one', { project_id: '../globex' }],
    ['bound to a list of projects', { project_id: ['web'] }],
    ['larger than any token', { x: 'x'.repeat(8_200) }],
  ])('a token %s', async (_, override) => {
    await expectDenied(tokenOf(acme, override));
  });

  test.each<[string, string]>([
    ["another tenant's token that claims to be for acme", tokenOf(globex)],
    ["the same in the name of acme's issuer", tokenOf(globex, { iss: acme.issuer })],
    ["the same with acme's key id", tokenOf(globex, { iss: acme.issuer }, { kid: RSA.privateJwk.kid })],
    ['a payload that is no JSON', compact(header, '{', signed)],
    ['a payload that is a list', compact(header, JSON.stringify([claims]), signed)],
    ['a payload that is null', compact(header, 'null', signed)],
    ['a header that is no JSON', compact('{', claims, signed)],
    ['a header that is text', compact('"RS256"', claims, signed)],
    [
      'the tenant twice, the other one last',
      compact(
        header,
        JSON.stringify(claims)
          .replace('{', '{"tenant_id":"acme",')
          .replace(/"tenant_id":"acme"(?=,"scope)/, '"tenant_id":"globex"'),
        signed,
      ),
    ],
    [
      'claims of a prototype',
      compact(
        header,
        JSON.stringify({ ...claims, aud: undefined }).replace('{', '{"__proto__":{"aud":"headgate"},'),
        signed,
      ),
    ],
    ['three empty parts', '..'],
    [
      'a token in JSON serialization',
      encoded({ payload: goodPayload, protected: goodHeader, signature: goodSignature }),
    ],
  ])('%s', async (_, token) => {
    await expectDenied(token);
  });

  test('a token for two audiences, of which one is right, is good', async () => {
    expect(acceptedIds(await postWith(tokenOf(acme, { aud: ['other', 'headgate'] }), anEvent()))).toHaveLength(1);
    await published();
  });
});

describe('what it permits', () => {
  test.each<[string, Part]>([
    ['an analyst who asks to write', { sub: 'ana-the-analyst', scope: 'events:write admin' }],
    ['an analyst with a role of his own making', { sub: 'ana-the-analyst', role: 'owner', roles: ['owner'] }],
    ['a stranger', { sub: 'mallory' }],
    ['a stranger who asks for everything', { sub: 'mallory', scope: 'admin owner * events:*' }],
    ['a member in other letter case', { sub: 'DEV-THE-DEVELOPER' }],
    ['a member with a space', { sub: 'dev-the-developer ' }],
    ['a prototype', { sub: 'constructor' }],
    ['no scope', { scope: undefined }],
    ['a scope with a star', { scope: 'events:*' }],
    ['a scope in capitals', { scope: 'EVENTS:WRITE' }],
    ['a scope after a tab', { scope: 'x\tevents:write' }],
    ['scopes with commas', { scope: 'events:read,events:write' }],
    [
      'scopes in another claim',
      { scope: undefined, scp: ['events:write'], scopes: ['events:write'], permissions: ['events:write'] },
    ],
    ['a list in a list', { scope: [['events:write']] }],
    ['an object', { scope: { 'events:write': true } }],
    ['scopes of a prototype', { scope: 'toString __proto__ constructor' }],
  ])('%s may not write', async (_, override) => {
    expectRefusal(await postWith(tokenOf(acme, override), anEvent()), 403, 'insufficient_scope');
  });
});
