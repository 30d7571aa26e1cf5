import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { openPulumiStack, PulumiMissingError } from './pulumi-stack.ts';

afterEach(() => void vi.unstubAllEnvs());

test("without Pulumi's CLI it says so, and how to get it", async () => {
  vi.stubEnv('PATH', mkdtempSync(join(tmpdir(), 'headgate-')));
  const attempt = openPulumiStack(TenantId.parse('acme'), 'create', () => undefined);
  await expect(attempt).rejects.toThrow(PulumiMissingError);
  await expect(attempt).rejects.toThrow(/npm install --global pulumi/);
});
