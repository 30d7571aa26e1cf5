import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '#shared/errors/refusals.ts';
import { authenticateWith, createTestKey, someClaims, unsigned, worldOf } from './fixtures.ts';

const acme = await createTestKey('acme-1');
const globex = await createTestKey('globex-1');

const json = fc.jsonValue({ maxDepth: 3 });
const member = fc.constantFrom(
  'alg',
  'kid',
  'crit',
  'jwk',
  'typ',
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'tenant_id',
  'scope',
);
const value = fc.oneof(
  json,
  fc.constantFrom<unknown>(
    'ES256',
    'none',
    'acme',
    'acme-1',
    'headgate',
    'https://id.acme.test',
    '__proto__',
    1e308,
    -1,
  ),
);
const object = fc.dictionary(member, value);

test('no header makes it throw anything but a refusal', async () => {
  const authenticate = authenticateWith(worldOf(acme, globex));
  const good = (await acme.sign()).split('.') as [string, string, string];
  const header = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `Bearer ${text}`),
    fc.tuple(object, object).map(([head, payload]) => `Bearer ${unsigned(head, payload)}`),
    object.map((claims) => `Bearer ${unsigned({ alg: 'ES256', kid: 'acme-1' }, { ...someClaims(), ...claims })}`),
    fc.tuple(fc.nat(2), fc.base64String()).map(([index, part]) => `Bearer ${good.with(index, part).join('.')}`),
  );
  await fc.assert(
    fc.asyncProperty(header, async (authorization) => {
      await expect(authenticate(authorization)).rejects.toMatchObject({ name: 'Refusal', status: 401 });
    }),
    { numRuns: 1_000 },
  );
});

test('whatever an issuer signs, the outcome is a caller of its own tenant or a refusal', async () => {
  const authenticate = authenticateWith(worldOf(acme, globex));
  await fc.assert(
    fc.asyncProperty(object, async (claims) => {
      const outcome = await authenticate(`Bearer ${await acme.sign(claims)}`).catch((error: unknown) => error);
      expect(outcome instanceof Refusal ? outcome.status : (outcome as { tenantId: string }).tenantId).toEqual(
        expect.toBeOneOf([401, 'acme']),
      );
    }),
    { numRuns: 300 },
  );
});
