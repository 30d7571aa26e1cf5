import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentId } from './firestore-paths.ts';
import { TenantId } from './tenant-id.ts';
import { pushAudience, tenantLabels, tenantNames, tenantOfResource, topicPath } from './tenant-names.ts';

const tenantIds = fc.stringMatching(/^[a-z][a-z0-9-]{2,29}$/).filter((id) => TenantId.safeParse(id).success);

test.each(['acme', 'a-b', 'abc', 'a'.repeat(30), 'a--', 'platforms'])('%s is a tenant id', (id) => {
  expect(TenantId.safeParse(id).success).toBe(true);
});

test.each(['', 'ab', 'Acme', '1acme', 'a.b', 'a_b', 'a'.repeat(31), 'platform', 'headgate', 'google', 'acme\n'])(
  '%j is not a tenant id',
  (id) => {
    expect(TenantId.safeParse(id).success).toBe(false);
  },
);

test("a tenant's names", () => {
  const names = tenantNames(TenantId.parse('acme-eu'));
  expect(names.topics['user-properties']).toBe('acme-eu.user-properties');
  expect(names.subscriptions.deadLetterInspect).toBe('acme-eu.dead-letter.inspect');
  expect(names.dataset).toBe('acme_eu');
  expect(topicPath('p', names.topics.events)).toBe('projects/p/topics/acme-eu.events');
  expect(tenantLabels(TenantId.parse('acme'), 'events')).toEqual({ app: 'headgate', tenant: 'acme', stream: 'events' });
  expect(pushAudience('https://decide.example', TenantId.parse('acme'))).toBe('https://decide.example/acme');
});

test('no two tenants share a name, and every name leads back to its tenant', () => {
  fc.assert(
    fc.property(tenantIds, tenantIds, (a, b) => {
      const namesOfA = tenantNames(TenantId.parse(a));
      const namesOfB = tenantNames(TenantId.parse(b));
      const all = (names: typeof namesOfA): string[] => [
        ...Object.values(names.topics),
        ...Object.values(names.subscriptions),
        names.dataset,
      ];
      for (const name of Object.values(namesOfA.subscriptions)) expect(tenantOfResource(name)).toBe(a);
      if (a !== b) expect(all(namesOfA).filter((name) => all(namesOfB).includes(name))).toEqual([]);
    }),
  );
});

test('any subject makes a document id of its own', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
      expect(documentId(a)).not.toMatch(/\/|^\.{1,2}$|^__.*__$/);
      if (a !== b) expect(documentId(a)).not.toBe(documentId(b));
    }),
  );
  expect(documentId('..')).toBe('%2E%2E');
  expect(documentId('__id__')).toBe('%5F%5Fid__');
});
