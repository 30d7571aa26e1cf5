import { expect, test, vi } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { ACME, someEvent, someSettings } from '../fixtures.ts';
import { EMPTY_PROFILE } from '../profile/profile.ts';
import { ruleBookOf } from './compiled-rules.ts';
import type { CompiledRule } from './compiled-rules.ts';
import { factsFor } from './facts.ts';
import type { RuleFacts } from './facts.ts';
import { createRuleEvaluator } from './rule-evaluator.ts';
import type { EvaluateRules, Verdict } from './rule-evaluator.ts';
import { TimeLimitError, withTimeLimit } from './time-limit.ts';

function ruleWith(when: string): CompiledRule {
  const [rule] = ruleBookOf(someSettings([{ id: 'r', on: ['a.b'], when, decide: 'x' }])).get('a.b') ?? [];
  return rule!;
}

function asked(evaluate: EvaluateRules, rule: CompiledRule, facts: RuleFacts): Verdict | undefined {
  return evaluate([rule], facts)[0];
}

const facts = factsFor(
  someEvent({
    data: {
      text: `${'a'.repeat(60)}!`,
      list: Array.from({ length: 3000 }, () => 1),
      long: Array.from({ length: 180_000 }, () => 1),
    },
  }),
  EMPTY_PROFILE,
);
const smallFacts = factsFor(someEvent({ data: { list: [1] } }), EMPTY_PROFILE);
const GLOBEX = TenantId.parse('globex');

/** Of the CPU, all that the clock says: how much of it the machine gives to a test is no matter. */
const allOfTheTime = (): number => performance.now();

test.each([
  ['a pattern that backtracks without end', `event.data.text.matches('^(a+)+$')`],
  ['lists joined over and over', `size(${Array.from({ length: 60 }, () => 'event.data.long').join(' + ')}) == 0`],
  ['loops in loops', 'event.data.list.all(a, event.data.list.all(b, event.data.list.all(c, a == b && b == c)))'],
])('%s is stopped, and others go on', (_name, when) => {
  let nowMs = 0;
  const evaluate = createRuleEvaluator(() => nowMs, withTimeLimit, allOfTheTime);
  expect(asked(evaluate(ACME), ruleWith(when), facts)).toEqual({ error: 'took longer than 100 ms' });

  const costly = ruleWith('event.data.list.exists(a, a == 1)');
  expect(asked(evaluate(ACME), costly, facts)).toMatchObject({ error: expect.stringContaining('not asked') });
  expect(asked(evaluate(ACME), ruleWith("event.type == 'payment.failed'"), smallFacts)).toEqual({ holds: true });
  expect(asked(evaluate(GLOBEX), costly, facts)).toEqual({ holds: true });
  nowMs = 60_000;
  expect(asked(evaluate(ACME), costly, facts)).toEqual({ holds: true });
});

test('what a condition fails with becomes the verdict', () => {
  const evaluate = createRuleEvaluator();
  expect(asked(evaluate(ACME), ruleWith('event.data.nope == 1'), facts)).toEqual({ error: 'No such key: nope' });
  expect(asked(evaluate(ACME), ruleWith('event.data.list.exists(a, a.nope == 1)'), facts)).toMatchObject({
    error: expect.any(String),
  });
});

test('the same settings give the same rules', () => {
  const settings = someSettings();
  expect(ruleBookOf(settings)).toBe(ruleBookOf(settings));
});

test('on large facts, a condition that is cheap by its text is held to the limit too', () => {
  const evaluate = createRuleEvaluator(() => 0, withTimeLimit, allOfTheTime);
  const slow: CompiledRule = {
    ...ruleWith('true'),
    condition: {
      costly: false,
      evaluate: () => {
        for (;;);
      },
    },
  };
  expect(asked(evaluate(ACME), slow, facts)).toEqual({ error: 'took longer than 100 ms' });
  const large = factsFor(someEvent({ data: { text: 'x'.repeat(5000) } }), EMPTY_PROFILE);
  expect(asked(evaluate(ACME), ruleWith('true'), large)).toMatchObject({ error: expect.stringContaining('not asked') });
  expect(asked(evaluate(ACME), ruleWith('true'), smallFacts)).toEqual({ holds: true });
});

/** A costly condition that says it takes `ms`. */
function taking(ms: number, clock: { nowMs: number }): CompiledRule {
  const evaluate = vi.fn<() => boolean>(() => {
    clock.nowMs += ms;
    return true;
  });
  return { ...ruleWith('true'), condition: { costly: true, evaluate } };
}

/** Where only the test's clock moves, what the machine's takes is no matter. */
const unlimited = <Result>(_limitMs: number, compute: () => Result): Result => compute();

const NOT_ASKED = { error: expect.stringContaining('not asked') };

test('a message has a budget: the rules it leaves nothing for are not asked', () => {
  const clock = { nowMs: 0 };
  const ask = createRuleEvaluator(
    () => clock.nowMs,
    unlimited,
    () => clock.nowMs,
  )(ACME);
  const verdicts = Array.from({ length: 100 }, () => asked(ask, taking(90, clock), smallFacts));
  expect(verdicts.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => ({ holds: true })));
  expect(verdicts.slice(3)).toEqual(Array.from({ length: 97 }, () => NOT_ASKED));
});

test('a tenant has a budget over all its messages, and no part in that of another', () => {
  const clock = { nowMs: 0 };
  const evaluate = createRuleEvaluator(
    () => clock.nowMs,
    unlimited,
    () => clock.nowMs,
  );
  for (let i = 0; i < 10; i += 1) expect(asked(evaluate(ACME), taking(20, clock), smallFacts)).toEqual({ holds: true });
  expect(asked(evaluate(ACME), taking(20, clock), smallFacts)).toEqual(NOT_ASKED);
  expect(asked(evaluate(GLOBEX), taking(20, clock), smallFacts)).toEqual({ holds: true });
  clock.nowMs += 60_000;
  expect(asked(evaluate(ACME), taking(20, clock), smallFacts)).toEqual({ holds: true });
});

test('what a tenant spends slowly is forgotten', () => {
  const clock = { nowMs: 0 };
  const evaluate = createRuleEvaluator(
    () => clock.nowMs,
    unlimited,
    () => clock.nowMs,
  );
  for (let i = 0; i < 100; i += 1) {
    expect(asked(evaluate(ACME), taking(20, clock), smallFacts)).toEqual({ holds: true });
    clock.nowMs += 2_000;
  }
});

test('all that is asked about an event under a limit shares one: who exceeds it is named, and the others are not asked', () => {
  const limits: number[] = [];
  const evaluate = createRuleEvaluator(
    () => 0,
    (limitMs, compute) => {
      limits.push(limitMs);
      return withTimeLimit(limitMs, compute);
    },
    allOfTheTime,
  );
  const [first, second] = [ruleWith("event.type == 'x'"), ruleWith('event.data.list.exists(a, a == 1)')];
  const endless = ruleWith(`event.data.text.matches('^(a+)+$')`);
  expect(evaluate(ACME)([first, second, endless, second], facts)).toEqual([
    { holds: false },
    { holds: true },
    { error: 'took longer than 100 ms' },
    NOT_ASKED,
  ]);
  expect(limits).toEqual([100]);
});

test('conditions that the machine kept from running are begun again, and nobody is suspended for it', () => {
  let stalls = 2;
  const stalling: typeof withTimeLimit = (_limitMs, compute) => {
    if (stalls-- > 0) throw new TimeLimitError('took longer than 100 ms');
    return compute();
  };
  const evaluate = createRuleEvaluator(
    () => 0,
    stalling,
    () => 0,
  );
  const costly = ruleWith('event.data.list.exists(a, a == 1)');
  expect(asked(evaluate(ACME), costly, smallFacts)).toEqual({ holds: true });
  stalls = 3;
  expect(asked(evaluate(ACME), costly, smallFacts)).toEqual({ error: 'took longer than 100 ms' });
  expect(asked(evaluate(ACME), costly, smallFacts)).toEqual({ holds: true });
});
