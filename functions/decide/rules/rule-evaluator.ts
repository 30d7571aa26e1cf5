import { LRUCache } from 'lru-cache';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { ConditionFacts } from '#shared/tenancy/rule-condition.ts';
import type { CompiledRule } from './compiled-rules.ts';
import { TimeLimitError, withTimeLimit } from './time-limit.ts';

/** Whether a rule's condition holds; or why that cannot be said. */
export type Verdict = { readonly holds: boolean } | { readonly error: string };

/** Asks a tenant's rules. Never throws. */
export type EvaluateRule = (tenantId: TenantId, rule: CompiledRule, facts: ConditionFacts) => Verdict;

/** Long for any sensible condition (they take microseconds), short for everybody else's events that wait meanwhile. */
const TIME_LIMIT_MS = 100;

/** After a rule has run into the limit, its tenant's costly rules are not asked for this long. */
const PENALTY_MS = 60_000;

/**
 * Rules of all tenants share a process, and a condition that has begun holds it. A condition whose cost its length does
 * not bound (loops, patterns) therefore runs under a time limit, and a tenant that exceeds it has such conditions
 * suspended for a minute: at most 0.2 % of the process's time goes to that tenant's mistake.
 *
 * @param now monotonic milliseconds
 */
export function createRuleEvaluator(now: () => number = () => performance.now()): EvaluateRule {
  const suspendedUntilMs = new LRUCache<TenantId, number>({ max: 10_000 });
  return (tenantId, { condition }, facts) => {
    try {
      if (!condition.costly) return { holds: condition.evaluate(facts) };
      if (now() < (suspendedUntilMs.get(tenantId) ?? -Infinity)) {
        return { error: 'not asked: a rule of this tenant exceeded its time limit less than a minute ago' };
      }
      return { holds: withTimeLimit(TIME_LIMIT_MS, () => condition.evaluate(facts)) };
    } catch (error) {
      if (error instanceof TimeLimitError) suspendedUntilMs.set(tenantId, now() + PENALTY_MS);
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
}
