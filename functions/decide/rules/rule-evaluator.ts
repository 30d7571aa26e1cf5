import { LRUCache } from 'lru-cache';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { CompiledRule } from './compiled-rules.ts';
import type { RuleFacts } from './facts.ts';
import { TimeLimitError, withTimeLimit } from './time-limit.ts';

/** Whether a rule's condition holds; or why that cannot be said. */
export type Verdict = { readonly holds: boolean } | { readonly error: string };

/** Asks a rule. Never throws. */
export type EvaluateRule = (rule: CompiledRule, facts: RuleFacts) => Verdict;

/** Begins to ask a tenant's rules about one message: what it returns has a time budget of its own. */
export type BeginEvaluation = (tenantId: TenantId) => EvaluateRule;

/** Long for any sensible condition (they take microseconds), short for everybody else's events that wait meanwhile. */
const RULE_LIMIT_MS = 100;

/** For all rules asked about one message, and about the events that it makes look again. */
const MESSAGE_BUDGET_MS = 200;

/** For all of a tenant's conditions that run under a time limit, in each {@link WINDOW_MS}. */
const TENANT_BUDGET_MS = 200;
const WINDOW_MS = 10_000;

/** After its rules have used up any of these, a tenant's limited conditions are not asked for this long. */
const PENALTY_MS = 60_000;

interface Spending {
  windowEndsAtMs: number;
  spentMs: number;
  suspendedUntilMs: number;
}

/**
 * Rules of all tenants share a process, and a condition that has begun holds it. A condition therefore runs under a time
 * limit wherever its cost may be large: where its length does not bound it (loops, patterns, lists and maps compared), and
 * on large facts. A tenant whose conditions exceed the limit of one, the budget of a message or the tenant's own has such
 * conditions suspended for a minute. So computing them takes at most 200 ms at a time, and then nothing for a minute, or
 * 200 ms in 10 s: 2 % of the process's time. (Setting a limit takes 0.35 ms more each time. That counts towards the budget of
 * a message, and not towards the tenant's, which a busy tenant with sensible rules would otherwise use up.)
 *
 * @param now monotonic milliseconds
 * @param limited runs a computation under a limit in milliseconds, as {@link withTimeLimit} does
 */
export function createRuleEvaluator(
  now: () => number = () => performance.now(),
  limited: typeof withTimeLimit = withTimeLimit,
): BeginEvaluation {
  const spendings = new LRUCache<TenantId, Spending>({ max: 10_000 });

  function spendingOf(tenantId: TenantId): Spending {
    let spending = spendings.get(tenantId);
    if (spending === undefined) {
      spending = { windowEndsAtMs: -Infinity, spentMs: 0, suspendedUntilMs: -Infinity };
      spendings.set(tenantId, spending);
    }
    if (now() >= spending.windowEndsAtMs) {
      spending.windowEndsAtMs = now() + WINDOW_MS;
      spending.spentMs = 0;
    }
    return spending;
  }

  /** Charges what `compute` takes. Where it is stopped, it charges nothing: that suspends by itself. */
  function charged<Result>(spending: Spending, compute: () => Result): Result {
    const startedAtMs = now();
    try {
      return compute();
    } finally {
      spending.spentMs += now() - startedAtMs;
    }
  }

  return (tenantId) => {
    let messageSpentMs = 0;
    return ({ condition }, facts) => {
      try {
        if (!condition.costly && !facts.areLarge()) return { holds: condition.evaluate(facts) };
      } catch (error) {
        return { error: messageOf(error) };
      }
      const spending = spendingOf(tenantId);
      const startedAtMs = now();
      if (startedAtMs < spending.suspendedUntilMs) {
        return { error: "not asked: this tenant's rules exceeded their time limit less than a minute ago" };
      }
      const leftMs = Math.min(MESSAGE_BUDGET_MS - messageSpentMs, TENANT_BUDGET_MS - spending.spentMs);
      const limitMs = Math.max(1, Math.min(RULE_LIMIT_MS, Math.ceil(leftMs)));
      let isOver = false;
      try {
        return { holds: limited(limitMs, () => charged(spending, () => condition.evaluate(facts))) };
      } catch (error) {
        isOver = error instanceof TimeLimitError;
        return { error: messageOf(error) };
      } finally {
        messageSpentMs += now() - startedAtMs;
        isOver ||= messageSpentMs >= MESSAGE_BUDGET_MS || spending.spentMs >= TENANT_BUDGET_MS;
        if (isOver) spending.suspendedUntilMs = now() + PENALTY_MS;
      }
    };
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
