import { expect, test } from 'vitest';
import { readTokenArguments } from './token-arguments.ts';

test('a tenant is all that must be said', () => {
  expect(readTokenArguments(['acme'], 7)).toEqual({
    tenantId: 'acme',
    role: 'developer',
    scope: 'events:write properties:write analytics:read',
    projectId: undefined,
    nowMs: 7,
    expiresInMs: 600_000,
  });
});

test('what is said is claimed, whether the role may be granted it or not', () => {
  const argv = ['acme', '--role', 'analyst', '--scope', 'admin', '--project', 'web', '--expires-in', '2h'];
  expect(readTokenArguments(argv, 7)).toMatchObject({
    role: 'analyst',
    scope: 'admin',
    projectId: 'web',
    expiresInMs: 7_200_000,
  });
});

test.each([
  [[], 'usage'],
  [['acme', 'globex'], 'usage'],
  [['Acme'], 'tenant'],
  [['acme', '--role', 'root'], 'role'],
  [['acme', '--project', 'Web'], 'project'],
  [['acme', '--expires-in', 'soon'], 'expires-in'],
  [['acme', '--colour', 'red'], 'colour'],
])('%j is refused: %s', (argv, named) => {
  expect(() => readTokenArguments(argv, 7)).toThrow(named);
});
