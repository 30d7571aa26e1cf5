import { Refusal } from '#shared/errors/refusals.ts';
import type { PolicyName } from './rate-limit-headers.ts';

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

export function rateLimited(eventsPerSecond: number, retryAfterSeconds: number): Refusal {
  const detail = `At most ${eventsPerSecond} events a second; come back in ${retryAfterSeconds} s.`;
  return refusal('rate_limited', detail, retryAfterSeconds, ['second']);
}

export function quotaExceeded(policies: readonly ('day' | 'month')[], retryAfterSeconds: number): Refusal {
  const detail = `The quota of the ${policies.join(' and of the ')} (UTC) is used up.`;
  return refusal('quota_exceeded', detail, retryAfterSeconds, policies);
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
