import { expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { ACME, someEvent, someSettings } from '../fixtures.ts';
import { EMPTY_PROFILE } from '../profile/profile.ts';
import { ruleBookOf } from './compiled-rules.ts';
import type { CompiledRule } from './compiled-rules.ts';
import { factsFor } from './facts.ts';
import { createRuleEvaluator } from './rule-evaluator.ts';

function ruleWith(when: string): CompiledRule {
  const [rule] = ruleBookOf(someSettings([{ id: 'r', on: ['a.b'], when, decide: 'x' }])).get('a.b') ?? [];
  return rule!;
}

const facts = factsFor(
  someEvent({ data: { text: `${'a'.repeat(60)}!`, list: Array.from({ length: 3000 }, () => 1) } }),
  EMPTY_PROFILE,
);
const GLOBEX = TenantId.parse('globex');

test.each([
  ['a pattern that backtracks without end', `event.data.text.matches('^(a+)+$')`],
  ['loops in loops', 'event.data.list.all(a, event.data.list.all(b, event.data.list.all(c, a == b && b == c)))'],
])('%s is stopped, and others go on', (_name, when) => {
  let nowMs = 0;
  const evaluate = createRuleEvaluator(() => nowMs);
  expect(evaluate(ACME, ruleWith(when), facts)).toEqual({ error: 'took longer than 100 ms' });

  const costly = ruleWith('event.data.list.exists(a, a == 1)');
  expect(evaluate(ACME, costly, facts)).toMatchObject({ error: expect.stringContaining('not asked') });
  expect(evaluate(ACME, ruleWith('event.data.list.size() == 3000'), facts)).toEqual({ holds: true });
  expect(evaluate(GLOBEX, costly, facts)).toEqual({ holds: true });
  nowMs = 60_000;
  expect(evaluate(ACME, costly, facts)).toEqual({ holds: true });
});

test('what a condition fails with becomes the verdict', () => {
  const evaluate = createRuleEvaluator();
  expect(evaluate(ACME, ruleWith('event.data.nope == 1'), facts)).toEqual({ error: 'No such key: nope' });
  expect(evaluate(ACME, ruleWith('event.data.list.exists(a, a.nope == 1)'), facts)).toMatchObject({
    error: expect.any(String),
  });
});

test('the same settings give the same rules', () => {
  const settings = someSettings();
  expect(ruleBookOf(settings)).toBe(ruleBookOf(settings));
});
