import { LRUCache } from 'lru-cache';
import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { Breakers, INVALID, MISCONFIGURED } from './breaker/breakers.ts';
import { type Admission, AdmittedRequest } from './admitted-request.ts';
import type { Settle } from './lease/settle-in.ts';
import { TenantUsage } from './lease/tenant-usage.ts';
import { limitsOf } from './plans.ts';
import { rateLimitPolicy } from './rate-limit-headers.ts';
import { abnormalUsage, circuitOpen } from './refusing.ts';
import { InFlight, type InstanceBounds } from './share/in-flight.ts';
import { Turns } from './share/turns.ts';
import type { EnteringRequest, Entry, TenantGate } from './tenant-gate.ts';

export interface GateOptions {
  readonly settle: Settle;
  /** Tells this instance from the tenant's others. */
  readonly instanceId: string;
  readonly bounds: InstanceBounds;
  /** What a body may have at most: what is counted for one that does not say how long it is. */
  readonly maxBodyBytes: number;
  /** Monotonic milliseconds, and those of the calendar. */
  readonly now?: () => number;
  readonly calendarMs?: () => number;
}

const MAX_TENANTS = 10_000;
const MAX_CIRCUITS = 10_000;

/** What is held of a tenant that sends something. */
interface Tenant {
  /** They were made for these; another object means that something may have changed. */
  settings: TenantSettings;
  policy: string;
  readonly usage: TenantUsage;
}

/**
 * Holds tenants to their limits, and has them take turns at the CPU: circuits, the share of this instance, quotas and the rate, in this order, so that the
 * reservation of a request that waited is used only when nothing else keeps it out.
 */
export function createTenantGate(options: GateOptions): TenantGate {
  const { settle, instanceId, now = () => performance.now(), calendarMs = Date.now } = options;
  const misconfigured = new Breakers(MISCONFIGURED, MAX_CIRCUITS);
  const invalid = new Breakers(INVALID, MAX_CIRCUITS);
  const inFlight = new InFlight(options.bounds);
  const turns = new Turns();
  let begun = 0;
  const tenants = new LRUCache<TenantId, Tenant>({
    max: MAX_TENANTS,
    dispose: ({ usage }, _id, reason) => void (reason === 'evict' && usage.close()),
  });

  function tenantOf(settings: TenantSettings): Tenant {
    const { tenantId } = settings;
    let held = tenants.get(tenantId);
    if (held?.usage.isForgotten(now()) === true) {
      tenants.delete(tenantId);
      void held.usage.close();
      held = undefined;
    }
    if (held?.settings === settings) return held;
    const limits = limitsOf(settings);
    if (held !== undefined) {
      held.settings = settings;
      if (JSON.stringify(limits) !== JSON.stringify(held.usage.limits)) {
        held.policy = rateLimitPolicy(limits);
        held.usage.change(limits);
      }
      return held;
    }
    const onIdle = (): void => void tenants.delete(tenantId);
    // A count that begins at zero again is not the one that was reported before.
    const usage = new TenantUsage({
      tenantId,
      instanceId: `${instanceId}-${++begun}`,
      limits,
      settle,
      now,
      calendarMs,
      onIdle,
    });
    const tenant = { settings, policy: rateLimitPolicy(limits), usage };
    tenants.set(tenantId, tenant);
    return tenant;
  }

  function enter(settings: TenantSettings, request: EnteringRequest): Entry {
    const { tenantId } = settings;
    const nowMs = now();
    const sender = `${tenantId}/${request.credentialId}`;
    const topic = `${tenantId}.${request.stream}`;
    const invalidWaitMs = invalid.waitMs(sender, nowMs);
    if (invalidWaitMs > 0) throw abnormalUsage(invalidWaitMs);
    const misconfiguredWaitMs = misconfigured.waitMs(topic, nowMs);
    if (misconfiguredWaitMs > 0) throw circuitOpen(misconfiguredWaitMs);

    const { usage, policy } = tenantOf(settings);
    const { declaredBytes, isCompressed } = request;
    const bodyBytes = isCompressed ? options.maxBodyBytes : Math.min(declaredBytes ?? Infinity, options.maxBodyBytes);
    const overload = inFlight.overload(tenantId, bodyBytes, usage.limits.instanceShare);
    if (overload !== undefined) throw new Refusal(overload === 'tenant' ? 'too_many_in_flight' : 'overloaded');

    const admission: Admission = { tenantId, request, usage, policy, inFlight, turns, now, calendarMs };
    const entry = AdmittedRequest.enter(admission, bodyBytes, (outcome) => {
      const endedAtMs = now();
      misconfigured.ended(topic, MEANS[outcome].forTopic, endedAtMs);
      invalid.ended(sender, MEANS[outcome].forSender, endedAtMs);
    });
    misconfigured.passing(topic, nowMs);
    invalid.passing(sender, nowMs);
    return entry;
  }

  return {
    enter,
    close: async () => void (await Promise.all([...tenants.values()].map(({ usage }) => usage.close()))),
  };
}

/** What a request's end tells about its topic, and about who sent it. */
const MEANS = {
  accepted: { forTopic: 'success', forSender: 'success' },
  invalid: { forTopic: 'neutral', forSender: 'failure' },
  misconfigured: { forTopic: 'failure', forSender: 'neutral' },
  neutral: { forTopic: 'neutral', forSender: 'neutral' },
} as const;
