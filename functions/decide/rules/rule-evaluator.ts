import { LRUCache } from 'lru-cache';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { RuleCondition } from '#shared/tenancy/rule-condition.ts';
import type { CompiledRule } from './compiled-rules.ts';
import type { RuleFacts } from './facts.ts';
import { withTimeLimit } from './time-limit.ts';

/** Whether a rule's condition holds; or why that cannot be said. */
export type Verdict = { readonly holds: boolean } | { readonly error: string };

/** Asks rules about one event. Never throws. @returns a verdict for each, in order. */
export type EvaluateRules = (rules: readonly CompiledRule[], facts: RuleFacts) => readonly Verdict[];

/** Begins to ask a tenant's rules about one message: what it returns has a time budget of its own. */
export type BeginEvaluation = (tenantId: TenantId) => EvaluateRules;

/**
 * For the rules asked about one event. Long for any sensible conditions (they take microseconds), short for everybody else's
 * events that wait meanwhile.
 */
const EVENT_LIMIT_MS = 100;

/** For all rules asked about one message, and about the events that it makes look again. */
const MESSAGE_BUDGET_MS = 200;

/** For all of a tenant's conditions that run under a time limit, in each {@link WINDOW_MS}. */
const TENANT_BUDGET_MS = 200;
const WINDOW_MS = 10_000;

/** How often conditions are begun that the machine keeps from running. */
const MAX_ATTEMPTS = 3;

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
 * on large facts; those asked about one event share one. A tenant whose conditions exceed it, the budget of a message or the
 * tenant's own has such conditions suspended for a minute. So computing them takes at most 200 ms at a time, and then nothing for a minute, or
 * 200 ms in 10 s: 2 % of the process's time. (Setting a limit takes 0.35 ms more each time. That counts towards the budget of
 * a message, and not towards the tenant's, which a busy tenant with sensible rules would otherwise use up.)
 *
 * What is charged is the CPU's time: a process that the machine kept waiting has not been slow, and is asked again.
 *
 * @param now monotonic milliseconds
 * @param limited runs a computation under a limit in milliseconds, as {@link withTimeLimit} does
 * @param cpuMs milliseconds of CPU that this thread has used
 */
export function createRuleEvaluator(
  now: () => number = () => performance.now(),
  limited: typeof withTimeLimit = withTimeLimit,
  cpuMs: () => number = threadCpuMs,
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

  /** Charges what `compute` takes. Where it is stopped, it charges nothing, and who stopped it has to. */
  function charged<Result>(spending: Spending, compute: () => Result): Result {
    const startedAtCpuMs = cpuMs();
    try {
      return compute();
    } finally {
      spending.spentMs += cpuMs() - startedAtCpuMs;
    }
  }

  return (tenantId) => {
    let messageSpentMs = 0;
    /** Those that run under a limit, all under one: to set it costs more than most conditions do. */
    function evaluateLimited(rules: readonly CompiledRule[], facts: RuleFacts): readonly Verdict[] {
      const spending = spendingOf(tenantId);
      if (now() < spending.suspendedUntilMs) return [];
      const leftMs = Math.min(MESSAGE_BUDGET_MS - messageSpentMs, TENANT_BUDGET_MS - spending.spentMs);
      const limitMs = Math.max(1, Math.min(EVENT_LIMIT_MS, Math.ceil(leftMs)));
      const verdicts: Verdict[] = [];
      const startedAtCpuMs = cpuMs();
      let isOver = false;
      for (let attempt = 1; verdicts.length < rules.length; attempt += 1) {
        const attemptedAtCpuMs = cpuMs();
        try {
          limited(limitMs, () =>
            charged(spending, () => {
              for (const { condition } of rules.slice(verdicts.length)) verdicts.push(verdictOf(condition, facts));
            }),
          );
        } catch (error) {
          const tookMs = cpuMs() - attemptedAtCpuMs;
          spending.spentMs += tookMs;
          const wasKeptWaiting = tookMs < limitMs / 2;
          if (wasKeptWaiting && attempt < MAX_ATTEMPTS) continue;
          isOver = !wasKeptWaiting;
          verdicts.push({ error: messageOf(error) });
          break;
        }
      }
      messageSpentMs += cpuMs() - startedAtCpuMs;
      isOver ||= messageSpentMs >= MESSAGE_BUDGET_MS || spending.spentMs >= TENANT_BUDGET_MS;
      if (isOver) spending.suspendedUntilMs = now() + PENALTY_MS;
      return verdicts;
    }

    return (rules, facts) => {
      const isLimited = ({ condition }: CompiledRule): boolean => condition.costly || facts.areLarge();
      const limitedRules = rules.filter(isLimited);
      const verdicts = limitedRules.length === 0 ? [] : evaluateLimited(limitedRules, facts);
      let next = 0;
      return rules.map((rule) =>
        isLimited(rule) ? (verdicts[next++] ?? NOT_ASKED) : verdictOf(rule.condition, facts),
      );
    };
  };
}

const NOT_ASKED: Verdict = { error: "not asked: this tenant's rules exceeded their time limit less than a minute ago" };

function verdictOf(condition: RuleCondition, facts: RuleFacts): Verdict {
  try {
    return { holds: condition.evaluate(facts) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
