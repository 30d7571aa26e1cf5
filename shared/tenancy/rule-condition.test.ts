import { expect, test } from 'vitest';
import { compileCondition, ConditionError, InvalidConditionError } from './rule-condition.ts';
import type { ConditionFacts } from './rule-condition.ts';

function answering(entries: Record<string, unknown>, missing: unknown): Map<string, unknown> {
  const map = new Map(Object.entries(entries));
  return Object.assign(map, { get: (key: string) => Map.prototype.get.call(map, key) ?? missing });
}

const windows = (count: number): Map<string, unknown> =>
  new Map(['total', 'last1h', 'last24h', 'last7d', 'last30d'].map((name) => [name, BigInt(count)]));

const facts: ConditionFacts = {
  event: new Map<string, unknown>([
    ['type', 'subscription.cancelled'],
    ['timestamp', new Date('2026-11-20T10:00:00Z')],
    [
      'data',
      new Map<string, unknown>([
        ['amount', 12],
        ['price', 9.5],
        ['items', ['a', 'b']],
        ['none', null],
      ]),
    ],
  ]),
  profile: new Map<string, unknown>([
    ['subject', 'cus_1'],
    ['properties', answering({ plan: 'premium', address: new Map([['city', 'Bern']]) }, null)],
    ['first_seen_at', new Date('2026-11-01T00:00:00Z')],
    ['last_seen_at', new Date('2026-11-20T10:00:00Z')],
  ]),
  counts: answering({ 'payment.failed': windows(2) }, windows(0)),
  now: new Date('2026-11-20T10:00:01Z'),
};

test.each([
  [`profile.properties.plan == 'premium' && counts['payment.failed'].last7d >= 2`, true],
  [`counts['payment.failed'].last7d > 2`, false],
  [`counts['payment.refunded'].last7d >= 1`, false],
  [`counts['payment.refunded'].last7d == 0`, true],
  [`profile.properties.nick == 'x'`, false],
  [`profile.properties.nick != 'x'`, true],
  [`profile.properties.nick == null`, true],
  [`profile.properties[event.type] == null`, true],
  [`has(profile.properties.plan) && !has(profile.properties.nick)`, true],
  [`has(profile.properties.address.city) && !has(profile.properties.address.street)`, true],
  [`'plan' in profile.properties && !('nick' in profile.properties)`, true],
  [`'payment.failed' in counts && !('payment.refunded' in counts)`, true],
  [`(event.data.items[0]) in (profile.properties) || 3 - (1 + 1) == 1 && has(profile.properties.plan)`, true],
  [`has(event.data.amount) && !has(event.data.discount)`, true],
  [`event.data.amount >= 12 && event.data.amount == 12 && event.data.price > 9`, true],
  [`event.data.amount + 1.0 == 13.0`, true],
  [`event.data.none == null`, true],
  [`event.data.items.exists(item, item == 'b')`, true],
  [`now - event.timestamp < duration('1m')`, true],
  [`timestamp(event.timestamp) - profile.first_seen_at > duration('240h')`, true],
  [`event.type.matches('^subscription[.]')`, true],
  [`false && event.data.missing == 1`, false],
])('%s is %s', (expression, expected) => {
  expect(compileCondition(expression).evaluate(facts)).toBe(expected);
});

test.each([
  ['event.data[profile.subject] == 1', /^No such key$/],
  ['bool(profile.subject)', /^bool\(\) conversion error$/],
  ['"x".matches("(" + profile.subject)', /^Invalid regular expression$/],
])('%s fails, and says nothing of what came with the event', (expression, message) => {
  expect(() => compileCondition(expression).evaluate(facts)).toThrow(ConditionError);
  expect(() => compileCondition(expression).evaluate(facts)).toThrow(message);
});

test.each([
  ['event.data.missing == 1', 'No such key: missing'],
  ['event.data.amount + 1 == 13', 'no such overload'],
  ['event.data.constructor == 1', 'No such key: constructor'],
  ['event.data.__proto__ == 1', 'No such key: __proto__'],
  ['event.data.amount', 'boolean'],
  [`event.type.matches('(')`, 'Invalid regular expression'],
])('%s fails on these facts: %s', (expression, message) => {
  expect(() => compileCondition(expression).evaluate(facts)).toThrow(ConditionError);
  expect(() => compileCondition(expression).evaluate(facts)).toThrow(message);
});

test.each([
  ['', 'Unexpected'],
  ['profile.properties.plan ==', 'Unexpected'],
  ['plan == "premium"', 'Unknown variable: plan'],
  ['profile.plan == "premium"', 'No such key: plan'],
  ['1 + 1', 'yields int'],
  ['now > 3', 'no such overload'],
  ['nosuch(event)', 'nosuch'],
  ['cel.bind(x, "a", x + x == "aa")', 'cel.bind'],
  [`${'('.repeat(40)}true${')'.repeat(40)}`, 'maxDepth'],
  [Array.from({ length: 300 }, () => 'true').join('&&'), 'max'],
  [`event.type == '${'x'.repeat(5000)}'`, 'longer than 4096'],
])('%.40s is refused: %s', (expression, message) => {
  expect(() => compileCondition(expression)).toThrow(InvalidConditionError);
  expect(() => compileCondition(expression)).toThrow(message);
});

test.each([
  [`counts['a'].total > 1 && has(event.data.x) && now > event.timestamp`, false],
  ['event.data.items.all(a, a != "x")', true],
  [`event.type.matches('(a+)+$')`, true],
  ['event.data.a.contains(event.data.b)', true],
  ['event.data.a == event.data.b', true],
  ['event.data.a != [event.data.b]', true],
  ['event.data.b in event.data.items', true],
  ['size(event.data.items + event.data.items) > 3', true],
  [`event.data.a == 'x' && event.data.b + 1.0 > 2.0 && event.subject != profile.subject`, false],
  [`event.type in ['a', 'b'] && 'plan' in profile.properties && 'x' in event.data && event.type in counts`, false],
])('%s: costly is %s', (expression, costly) => {
  expect(compileCondition(expression).costly).toBe(costly);
});
