import { expect, test } from 'vitest';
import { z } from 'zod';
import { Issuers } from './issuer.ts';
import { Members } from './roles.ts';

const issuer = { issuer: 'https://id.acme.test', jwksUri: 'https://id.acme.test/jwks' };

test.each([
  'https://id.acme.test/jwks',
  'http://127.0.0.1:8080/jwks',
  'http://localhost/jwks',
  'http://[::1]:8080/jwks',
])('keys may be at %s', (jwksUri) => {
  expect(Issuers.safeParse([{ ...issuer, jwksUri }]).success).toBe(true);
});

test.each([
  'http://id.acme.test/jwks',
  'http://169.254.169.254/computeMetadata/v1/',
  'http://127.0.0.1.acme.test/jwks',
  'http://localhost.acme.test/jwks',
  'file:///etc/passwd',
  'ftp://127.0.0.1/jwks',
  'data:application/json,{}',
  'jwks',
])('keys may not be at %s', (jwksUri) => {
  expect(Issuers.safeParse([{ ...issuer, jwksUri }]).success).toBe(false);
});

test.each<[string, z.ZodType, unknown[], string]>([
  ['an issuer twice', Issuers, [issuer, { ...issuer, defaultRole: 'owner' }], 'once'],
  ['a role nobody has', Issuers, [{ ...issuer, defaultRole: 'root' }], 'defaultRole'],
  ['a scope nobody knows', Issuers, [{ ...issuer, scopes: { x: ['root'] } }], 'scopes'],
  [
    'a member with two roles',
    Members,
    [
      { subject: 'ada', role: 'owner' },
      { subject: 'ada', role: 'analyst' },
    ],
    'one role',
  ],
  ['a member without a subject', Members, [{ subject: '', role: 'owner' }], 'subject'],
])('%s is refused', (_name, schema, settings, named) => {
  expect(z.prettifyError(schema.safeParse(settings).error!)).toContain(named);
});

test('a subject of two issuers is two members', () => {
  const members = ['https://a.test', 'https://b.test'].map((name) => ({ issuer: name, subject: 'ada', role: 'owner' }));
  expect(Members.safeParse(members).success).toBe(true);
});
