import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './cli-arguments.ts';

test('a tenant, its settings, and where', () => {
  const argv = ['onboard', 'acme', '--set', 'mode=open', '--set', 'rules=[{"when":"a==1"}]', '--local'];
  expect(parseArguments(argv)).toEqual({
    command: 'onboard',
    tenantId: 'acme',
    settings: { mode: 'open', rules: '[{"when":"a==1"}]' },
    platformStack: undefined,
    local: true,
  });
  expect(parseArguments(['onboard', 'acme', '--platform', 'o/headgate-platform/p'])).toMatchObject({
    platformStack: 'o/headgate-platform/p',
    local: false,
    settings: {},
  });
  expect(parseArguments(['--help'])).toBeUndefined();
});

test.each([
  [[], { key: undefined, overlapMs: 86_400_000, local: false }],
  [['--overlap', '90s', '--key', 'admin', '--local'], { key: 'admin', overlapMs: 90_000, local: true }],
  [['--overlap', '0s'], { overlapMs: 0 }],
  [['--overlap', '90d'], { overlapMs: 90 * 86_400_000 }],
])('rotate-key acme %j', (options, rotation) => {
  expect(parseArguments(['rotate-key', 'acme', ...options])).toMatchObject({
    command: 'rotate-key',
    tenantId: 'acme',
    ...rotation,
  });
});

test.each([
  [[], /unknown command/],
  [['offboard', 'acme'], /unknown command "offboard"/],
  [['onboard'], /which tenant/],
  [['onboard', 'Acme'], /tenant "Acme": must be 3 to 30/],
  [['onboard', 'platform'], /reserved/],
  [['onboard', 'acme', 'globex'], /globex/],
  [['onboard', 'acme', '--set', 'mode'], /key=value/],
  [['onboard', 'acme', '--set', 'colour=red'], /no such setting/],
  [['onboard', 'acme', '--set', 'tenantId=globex'], /no such setting/],
  [['onboard', 'acme', '--local', '--platform', 'x'], /--platform/],
  [['onboard', 'acme', '--nope'], /--nope/],
  [['onboard', 'acme', '--overlap', '24h'], /--overlap: not of onboard/],
  [['rotate-key'], /rotate-key: which tenant/],
  [['rotate-key', 'acme', '--set', 'mode=open'], /--set: not of rotate-key/],
  [['rotate-key', 'acme', '--overlap', '1w'], /--overlap 1w: must be/],
  [['rotate-key', 'acme', '--overlap', '91d'], /at most 90d/],
])('%j is refused', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
  expect(() => parseArguments(argv)).toThrow(message);
});
