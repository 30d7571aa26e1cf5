import { expect, test } from 'vitest';
import { REFUSALS, Refusal, type RefusalCode } from '#shared/errors/refusals.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { auditAdmin } from './audit-admin.ts';
import { auditDenial, levelOfRefused } from './audit-denial.ts';
import { createAuditLog } from './audit-log.ts';
import type { AuditRecord } from './audit-record.ts';

function capture(level: 'info' | 'silent' = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } });
  return {
    audit: createAuditLog(logger),
    lines,
    line: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>,
  };
}

function recorded() {
  const records: AuditRecord[] = [];
  return { records, audit: (record: AuditRecord) => void records.push(record) };
}

test.each(Object.keys(REFUSALS) as RefusalCode[])('%s is recorded exactly where it denies', (code) => {
  const { records, audit } = recorded();
  auditDenial(audit, new Refusal(code, { denial: { reason: 'expired' } }), 'POST /v1/events');
  const { status } = REFUSALS[code];
  const record = { event: 'access_denied', route: 'POST /v1/events', code, status, reason: 'expired' };
  expect(records).toEqual([401, 403].includes(status) ? [record] : []);
});

test.each<[RefusalCode, unknown, string]>([
  ['invalid_credentials', undefined, 'debug'],
  ['tenant_suspended', undefined, 'debug'],
  ['invalid_credentials', new Error('Wrong recipient'), 'warn'],
  ['not_found', undefined, 'info'],
  ['overloaded', undefined, 'error'],
])('a request refused with %s for %s has a line of its own at the level %s', (code, cause, level) => {
  expect(levelOfRefused(new Refusal(code, { cause }))).toBe(level);
});

test('a denial is one line of its own, told apart by its field "record"', () => {
  const { audit, lines, line } = capture();
  const denial = {
    reason: 'expired',
    claimedTenantId: 'acme',
    credentialKind: 'api_key',
    credentialId: 'abc',
  } as const;
  auditDenial(audit, new Refusal('invalid_credentials', { denial }), 'POST /v1/events');
  expect(lines).toHaveLength(1);
  expect(line()).toEqual({
    severity: 'INFO',
    time: expect.any(String) as string,
    message: 'access_denied',
    record: 'audit',
    event: 'access_denied',
    claimed_tenant_id: 'acme',
    credential_kind: 'api_key',
    credential_id: 'abc',
    route: 'POST /v1/events',
    status: 401,
    code: 'invalid_credentials',
    reason: 'expired',
  });
});

test('no log level silences it', () => {
  const { audit, lines } = capture('silent');
  auditDenial(audit, new Refusal('missing_credentials'), 'POST /v1/events');
  expect(lines).toHaveLength(1);
});

test.each([
  ['a long subject', 'x'.repeat(100_000)],
  ['a line of its own', 'x"}\n{"record":"audit","event":"forged"}'],
  ['a carriage return and an escape', 'x\r\u{1B}[2K'],
  ['text that runs backwards', '\u{202E}x'],
  ['a lone surrogate', '\u{D800}'],
  ['a separator of lines', 'x\u{85}y'],
])('%s reaches it bounded and on one line', (_name, subject) => {
  const { audit, lines, line } = capture();
  auditDenial(audit, new Refusal('insufficient_scope', { denial: { subject, issuer: subject } }), 'POST /v1/events');
  expect(lines).toHaveLength(1);
  expect(lines[0]!.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(lines[0]!.length).toBeLessThan(1_000);
  expect(line()).toMatchObject({ record: 'audit', event: 'access_denied' });
});

const actor = {
  tenantId: 'acme',
  credentialKind: 'jwt',
  credentialId: 'abc',
  subject: 'ada',
  issuer: 'https://i',
} as const;
const use = { action: 'api_key.revoke', resource: 'key 123' };

test('a use of the scope admin says who, what, on what, and that it succeeded', async () => {
  const { records, audit } = recorded();
  const caller = { ...actor, scopes: new Set(['admin']) };
  expect(await auditAdmin(audit, caller, use, async () => 7)).toBe(7);
  expect(records).toEqual([{ event: 'admin_used', ...actor, ...use, outcome: 'succeeded' }]);
});

test.each<[unknown, string]>([
  [new Refusal('not_found'), 'not_found'],
  [new Error('boom'), 'internal'],
])('a use that fails with %s is recorded once, and fails', async (error, outcome) => {
  const { records, audit } = recorded();
  const fails = async (): Promise<never> => {
    throw error;
  };
  await expect(auditAdmin(audit, actor, use, fails)).rejects.toBe(error);
  expect(records).toEqual([{ event: 'admin_used', ...actor, ...use, outcome }]);
});

test('a use is a line with the fields of its record', async () => {
  const { audit, line } = capture();
  await auditAdmin(audit, actor, use, async () => undefined);
  expect(line()).toMatchObject({
    record: 'audit',
    event: 'admin_used',
    tenant_id: 'acme',
    principal: 'ada',
    issuer: 'https://i',
    action: 'api_key.revoke',
    resource: 'key 123',
    outcome: 'succeeded',
  });
});
