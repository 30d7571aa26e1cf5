import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Runs something for a tenant. @throws Refusal `too_many_in_flight` */
export type RunInFlight = <Result>(tenantId: TenantId, run: () => Promise<Result>) => Promise<Result>;

/** Lets a tenant have at most `max` of these at a time, so that one who asks without end keeps nobody else waiting. */
export function limitInFlight(max: number): RunInFlight {
  const running = new Map<TenantId, number>();
  return async (tenantId, run) => {
    const count = running.get(tenantId) ?? 0;
    if (count >= max) throw new Refusal('too_many_in_flight', { detail: `At most ${max} at a time.` });
    running.set(tenantId, count + 1);
    try {
      return await run();
    } finally {
      const left = (running.get(tenantId) ?? 1) - 1;
      if (left === 0) running.delete(tenantId);
      else running.set(tenantId, left);
    }
  };
}
