import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { validateEvent } from '#shared/events/validate.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { firstRequest } from './first-request.ts';

test('pasted into a shell it sends an event that even a strict tenant may send', () => {
  const line = firstRequest(
    { endpoint: 'http://127.0.0.1:8080', apiKey: 'hg_acme_x' },
    new Date('2026-11-20T10:30:00Z'),
  );
  const printed = execFileSync('sh', ['-c', `curl() { for argument; do printf '%s\\n' "$argument"; done; }; ${line}`]);
  const words = printed.toString().trimEnd().split('\n');
  expect(words.slice(0, -1)).toEqual([
    '-sS',
    'http://127.0.0.1:8080/v1/events',
    '-H',
    'Authorization: Bearer hg_acme_x',
    '-H',
    'Content-Type: application/json',
    '-d',
  ]);
  const context = { tenantId: TenantId.parse('acme'), mode: 'strict', receivedAt: '2026-11-20T10:30:01.000Z' } as const;
  expect(validateEvent(JSON.parse(words.at(-1) ?? ''), context)).toMatchObject({ ok: true });
});
