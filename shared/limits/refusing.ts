import { Refusal } from '#shared/errors/refusals.ts';
import type { Meter, PolicyName } from './meters.ts';
import { policyName } from './meters.ts';
import type { TenantLimits } from './plans.ts';
import type { QuotaPeriod } from './quotas.ts';

/** A refusal that says when to come back. Names the policies that were violated as the RateLimit draft has it. */
function refusal(
  code: 'rate_limited' | 'quota_exceeded' | 'abnormal_usage' | 'circuit_open',
  detail: string,
  retryAfterSeconds: number,
  violatedPolicies: readonly PolicyName[],
): Refusal {
  return new Refusal(code, {
    detail,
    headers: { 'retry-after': String(retryAfterSeconds) },
    members: violatedPolicies.length === 0 ? {} : { 'violated-policies': violatedPolicies },
  });
}

export function rateLimited(limits: TenantLimits, violated: readonly Meter[], retryAfterSeconds: number): Refusal {
  const most = violated.map((meter) => `${limits[meter].perSecond} ${meter}`).join(' and ');
  const detail = `At most ${most} a second; come back in ${retryAfterSeconds} s.`;
  const policies = violated.map((meter) => policyName('second', meter));
  return refusal('rate_limited', detail, retryAfterSeconds, policies);
}

/** A quota that is used up. */
export interface UsedUp {
  readonly meter: Meter;
  readonly period: QuotaPeriod;
}

export function quotaExceeded(usedUp: readonly UsedUp[], retryAfterSeconds: number): Refusal {
  const quotas = usedUp.map(({ meter, period }) => `${meter} of the ${period}`).join(' and of ');
  const policies = usedUp.map(({ meter, period }) => policyName(period, meter));
  return refusal('quota_exceeded', `The quota of ${quotas} (UTC) is used up.`, retryAfterSeconds, policies);
}

export function abnormalUsage(waitMs: number): Refusal {
  return refusal('abnormal_usage', 'Nothing that came with these credentials was valid.', wholeSeconds(waitMs), []);
}

export function circuitOpen(waitMs: number): Refusal {
  return refusal('circuit_open', 'What was sent could not be handed on repeatedly.', wholeSeconds(waitMs), []);
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
