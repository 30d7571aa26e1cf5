import { expect, test } from 'vitest';
import { Refusal } from '#shared/errors/refusals.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { fingerprintOf, idsOf, readIdempotencyKey } from './idempotency-key.ts';
import type { IdempotentRequest } from './idempotency.ts';

test.each([
  [null, undefined],
  ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
  ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
  ['"with a space"', 'with a space'],
  [String.raw`"a\"b\\c"`, 'a"b\\c'],
  [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
])('%j is %j', (header, key) => {
  expect(readIdempotencyKey(header)).toBe(key);
});

test.each([
  '',
  '""',
  '"',
  '"a',
  'a"b',
  'a b',
  '"a"b"',
  String.raw`"\x"`,
  'é',
  '"é"',
  '"\t"',
  'x'.repeat(256),
  '"a", "b"',
])('%j is refused', (header) => {
  expect(() => readIdempotencyKey(header)).toThrow(Refusal);
});

test.each([
  ['another body', {}, '{"a":2}'],
  ['another content type', { 'content-type': 'application/x-ndjson' }, '{"a":1}'],
  ['another attribute of a CloudEvent', { 'ce-id': '2' }, '{"a":1}'],
])('%s has another fingerprint', (_name, headers, body) => {
  const base = { 'content-type': 'application/json', 'ce-id': '1', 'ce-type': 'x' };
  const first = fingerprintOf(new Headers(base), Buffer.from('{"a":1}'));
  expect(fingerprintOf(new Headers({ ...base, ...headers }), Buffer.from(body))).not.toBe(first);
});

test('what goes with every attempt anew is not part of the fingerprint', () => {
  const fingerprint = (traceparent: string) =>
    fingerprintOf(new Headers({ traceparent, 'ce-id': '1' }), Buffer.from(''));
  expect(fingerprint('a')).toBe(fingerprint('b'));
});

const request: IdempotentRequest = {
  tenantId: TenantId.parse('acme'),
  projectId: undefined,
  path: '/v1/events',
  key: 'k',
  fingerprint: 'f',
};

test('the same request makes the same ids, one for each place', () => {
  const ids = (given = request) => [0, 1, 2].map((index) => idsOf(given)(index)('evt_'));
  expect(ids()).toEqual(ids({ ...request }));
  expect(new Set(ids()).size).toBe(3);
  expect(ids()[0]).toMatch(/^evt_[\w-]{32}$/);
});

test.each([
  { tenantId: TenantId.parse('globex') },
  { projectId: ProjectId.parse('web') },
  { path: '/v1/user-properties' },
  { key: 'l' },
  { fingerprint: 'g' },
])('another request (%j) makes others: none of its events is taken for one of the first', (other) => {
  expect(idsOf({ ...request, ...other })(0)('evt_')).not.toBe(idsOf(request)(0)('evt_'));
});
