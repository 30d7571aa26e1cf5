import { onboard } from '#test/stack/onboard.ts';
import type { FuzzTenant } from './fuzz.ts';

const TENANTS = 8;

/** Tenants whose limits are out of the way: it is what lies behind them that is looked at. */
export async function onboardTenants(controlUrl: string): Promise<FuzzTenant[]> {
  const tenants: FuzzTenant[] = [];
  for (let n = 0; n < TENANTS; n++) {
    const id = `fuzz-${n}`;
    const apiKey = await onboard(controlUrl, id, {
      mode: n % 2 === 0 ? 'open' : 'strict',
      plan: 'enterprise',
      ordering: n === 2,
      deduplication: n === 3 ? '24h' : 'none',
      limits: { eventsPerSecond: 1_000_000, burstEvents: 10_000_000 },
    });
    const header = Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url');
    const claims = Buffer.from(JSON.stringify({ iss: 'x', tenant_id: id })).toString('base64url');
    const badCredentials = [
      'x',
      '',
      `${apiKey}x`,
      apiKey.replace(`_${id}_`, '_acme_'),
      `hg_${id}_${'A'.repeat(43)}`,
      `hg_nobody_${'A'.repeat(43)}`,
      `${header}.${claims}.AAAA`,
      'a.b.c',
    ];
    tenants.push({ id, apiKey, badCredentials });
  }
  return tenants;
}
