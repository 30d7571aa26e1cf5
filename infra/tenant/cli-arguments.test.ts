import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './cli-arguments.ts';

test('a tenant, its settings, and where', () => {
  const argv = ['onboard', 'acme', '--set', 'mode=open', '--set', 'rules=[{"when":"a==1"}]', '--local'];
  expect(parseArguments(argv)).toEqual({
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
])('%j is refused', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
  expect(() => parseArguments(argv)).toThrow(message);
});
