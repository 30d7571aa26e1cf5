import { parseDurationMs } from '#shared/tenancy/duration.ts';
import { compileCondition } from '#shared/tenancy/rule-condition.ts';
import type { RuleCondition } from '#shared/tenancy/rule-condition.ts';
import type { Rule } from '#shared/tenancy/rule.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';

/** A tenant's rule, ready to be asked. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly condition: RuleCondition;
  /** 0 where the rule has no cooldown. */
  readonly cooldownMs: number;
}

/** A tenant's rules by the event types they look at, each list in the order of the settings. */
export type RuleBook = ReadonlyMap<string, readonly CompiledRule[]>;

const ruleBooks = new WeakMap<TenantSettings, RuleBook>();

/** Compiles once for each version of the settings: the same object gives the same rules. */
export function ruleBookOf(settings: TenantSettings): RuleBook {
  const held = ruleBooks.get(settings);
  if (held !== undefined) return held;
  const byType = new Map<string, CompiledRule[]>();
  for (const rule of settings.rules) {
    const compiled: CompiledRule = {
      rule,
      condition: compileCondition(rule.when),
      cooldownMs: rule.cooldown === undefined ? 0 : parseDurationMs(rule.cooldown),
    };
    for (const type of new Set(rule.on)) byType.set(type, [...(byType.get(type) ?? []), compiled]);
  }
  ruleBooks.set(settings, byType);
  return byType;
}
