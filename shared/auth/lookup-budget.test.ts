import { expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { createLookupBudget } from './lookup-budget.ts';

const acme = TenantId.parse('acme');
const globex = TenantId.parse('globex');

function setUp(total = { burst: 1_000, perSecond: 1_000 }) {
  const clock = { nowMs: 0 };
  const budget = createLookupBudget({ perTenant: { burst: 3, perSecond: 2 }, total, now: () => clock.nowMs });
  /** How many of `times` look-ups there is budget for. */
  const spend = (tenantId: TenantId, times: number): number => {
    let spent = 0;
    for (let look = 0; look < times; look++) {
      try {
        budget.spend(tenantId);
        spent++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'settings_unavailable', status: 503 });
      }
    }
    return spent;
  };
  return { spend, pass: (ms: number) => (clock.nowMs += ms) };
}

test('a tenant has its burst, then so many a second, and takes nothing of another’s', () => {
  const { spend, pass } = setUp();
  expect(spend(acme, 10)).toBe(3);
  expect(spend(globex, 10)).toBe(3);
  pass(1_000);
  expect(spend(acme, 10)).toBe(2);
  pass(499);
  expect(spend(acme, 10)).toBe(0);
  pass(60_000);
  expect(spend(acme, 10)).toBe(3);
});

test('all tenants together have a bound too, whatever they are called', () => {
  const { spend, pass } = setUp({ burst: 20, perSecond: 10 });
  const tenant = (index: number): TenantId => TenantId.parse(`made-up-${index}`);
  const spent = (from: number): number =>
    Array.from({ length: 1_000 }, (_, index) => spend(tenant(from + index), 1)).reduce((sum, one) => sum + one, 0);
  expect(spent(0)).toBe(20);
  pass(1_000);
  expect(spent(1_000)).toBe(10);
});
