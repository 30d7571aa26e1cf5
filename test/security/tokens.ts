import { createHmac, createPrivateKey, sign as signBytes } from 'node:crypto';
import type { JWK } from 'jose';
import type { TestIssuer } from './issuers.ts';

export type Part = Readonly<Record<string, unknown>>;

/** Makes the third part of a JWS of the other two. */
export type Signer = (signingInput: string) => string;

/** A part of a JWS: of an object, or of text that need not be JSON. */
export function encoded(part: Part | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** A JWS in compact serialization, with whatever is put into it. */
export function compact(header: Part | string, payload: Part | string, signer: Signer): string {
  const signingInput = `${encoded(header)}.${encoded(payload)}`;
  return `${signingInput}.${signer(signingInput)}`;
}

type Algorithm = keyof TestIssuer['keys'];

/** Signs as the holder of `privateJwk` does. */
export function signerOf(algorithm: Algorithm, privateJwk: JWK): Signer {
  const key = createPrivateKey({ key: { ...privateJwk }, format: 'jwk' });
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return (signingInput) =>
    signBytes(digest, Buffer.from(signingInput), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

/** Signs with a shared secret. */
export function hmacSigner(secret: string | Buffer): Signer {
  return (signingInput) => createHmac('sha256', secret).update(signingInput).digest('base64url');
}

/** Claims that are good for acme's developer, with `overrides`; one that is undefined is left out. */
export function claimsFor({ issuer }: Pick<TestIssuer, 'issuer'>, overrides: Part = {}): Part {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: 'headgate',
    sub: 'dev-the-developer',
    iat: nowSeconds,
    exp: nowSeconds + 300,
    tenant_id: 'acme',
    scope: 'events:write properties:write analytics:read',
    ...overrides,
  };
}

/** A token that an issuer really signed: all that is wrong with it is in `overrides` and `header`. */
export function tokenOf(
  issuer: TestIssuer,
  overrides: Part = {},
  header: Part = {},
  algorithm: Algorithm = 'RS256',
): string {
  const { privateJwk } = issuer.keys[algorithm];
  const all = { alg: algorithm, typ: 'JWT', kid: privateJwk.kid, ...header };
  return compact(all, claimsFor(issuer, overrides), signerOf(algorithm, privateJwk));
}
