import { expect, test } from 'vitest';
import { Issuer } from '../issuer.ts';
import { type Member, type Role, ROLE_SCOPES, ROLES } from '../roles.ts';
import { SCOPES } from '../scopes.ts';
import { grantedScopes, roleOf } from './granted-scopes.ts';

const issuer = Issuer.parse({
  issuer: 'https://id.acme.test',
  jwksUri: 'https://id.acme.test/jwks',
  scopes: { 'billing-writer': ['events:write', 'properties:write'], root: ['admin'], nothing: [] },
});

test.each<[unknown, Role | undefined, readonly string[]]>([
  ['events:write', 'owner', ['events:write']],
  ['events:write analytics:read', 'developer', ['events:write', 'analytics:read']],
  [['events:write', 'analytics:read'], 'developer', ['events:write', 'analytics:read']],
  ['events:write analytics:read admin', 'analyst', ['analytics:read']],
  ['admin', 'developer', []],
  ['root', 'admin', ['admin']],
  ['root', 'analyst', []],
  ['billing-writer', 'developer', ['events:write', 'properties:write']],
  ['billing-writer events:write', 'developer', ['events:write', 'properties:write']],
  ['nothing unknown', 'owner', []],
  ['events:write', undefined, []],
  ['events:write,admin', 'owner', []],
  ['EVENTS:WRITE', 'owner', []],
  ['__proto__ constructor toString', 'owner', []],
  ['', 'owner', []],
  [undefined, 'owner', []],
  [null, 'owner', []],
  [7, 'owner', []],
  [{ admin: true }, 'owner', []],
  [[['admin'], { admin: true }, null], 'owner', []],
  [['events:write admin'], 'owner', []],
])('a claim of %j by %s grants %j', (scope, role, granted) => {
  expect([...grantedScopes({ scope }, issuer, role)]).toEqual(granted);
});

test.each(ROLES)('%s is granted what the role may, whatever is claimed', (role) => {
  const scope = [...SCOPES, 'root', 'billing-writer'].join(' ');
  expect(grantedScopes({ scope }, issuer, role)).toEqual(ROLE_SCOPES[role]);
});

test('the claim is the one that the issuer names, and none that is inherited', () => {
  const other = Issuer.parse({ ...issuer, scopeClaim: 'https://acme.test/permissions' });
  const claims = { 'https://acme.test/permissions': ['admin'], scope: 'events:write' };
  expect([...grantedScopes(claims, other, 'owner')]).toEqual(['admin']);
  expect([...grantedScopes({}, Issuer.parse({ ...issuer, scopeClaim: 'toString' }), 'owner')]).toEqual([]);
});

const elsewhere = 'https://id.other.test';

test.each<[string, readonly Member[], readonly string[], Role | undefined, Role | undefined]>([
  ['a member', [{ subject: 'ada', role: 'admin' }], [issuer.issuer], undefined, 'admin'],
  [
    'a member of this issuer',
    [{ subject: 'ada', issuer: issuer.issuer, role: 'admin' }],
    [issuer.issuer, elsewhere],
    undefined,
    'admin',
  ],
  [
    'a namesake at another issuer',
    [{ subject: 'ada', issuer: elsewhere, role: 'owner' }],
    [issuer.issuer, elsewhere],
    undefined,
    undefined,
  ],
  [
    'a member of no issuer in particular, where there are two',
    [{ subject: 'ada', role: 'owner' }],
    [issuer.issuer, elsewhere],
    undefined,
    undefined,
  ],
  ['nobody', [{ subject: 'Ada', role: 'owner' }], [issuer.issuer], undefined, undefined],
  ['nobody, where there is a default', [], [issuer.issuer], 'analyst', 'analyst'],
  [
    'a member, where there is a default',
    [{ subject: 'ada', role: 'developer' }],
    [issuer.issuer],
    'owner',
    'developer',
  ],
])('%s has the role that follows', (_name, members, names, defaultRole, role) => {
  const issuers = names.map((name) => ({ ...issuer, issuer: name }));
  expect(roleOf('ada', { ...issuer, ...(defaultRole && { defaultRole }) }, { issuers, members })).toBe(role);
});
