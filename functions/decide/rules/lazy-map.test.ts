import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { compileCondition } from '#shared/tenancy/rule-condition.ts';
import { LazyMap, toCel } from './lazy-map.ts';

/** What there is to see of a value as CEL sees it. */
function seen(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(seen);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, item]) => [key, seen(item)])) : value;
}

test('any JSON is seen as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(seen(toCel(json))).toEqual(json);
    }),
  );
});

const now = new Date(0);
const holds = (when: string, data: object): boolean =>
  compileCondition(when).evaluate({
    event: new LazyMap(new Map([['data', data]])),
    profile: new Map(),
    counts: new Map(),
    now,
  });

test.each([
  ['event.data.a == event.data.b', true],
  ['event.data.list[1].x == 1.0', true],
  ["'a' in event.data && !('z' in event.data)", true],
  ['has(event.data.nothing) && event.data.nothing == null', true],
  ['has(event.data.toString)', false],
  ["event.data['constructor'] == 'c'", true],
  ["event.data['__proto__'].x == 2.0", true],
  ['size(event.data) == 7', true],
  ["event.data.exists(key, key == 'list')", true],
  ['event.data.list.all(item, size(item) == 1)', true],
])('%s: %s', (when, expected) => {
  const data = JSON.parse(
    '{"a":{"x":[1,{"y":null}]},"b":{"x":[1,{"y":null}]},"list":[{"x":0},{"x":1}],"nothing":null,"constructor":"c","__proto__":{"x":2},"d":1}',
  ) as object;
  expect(holds(when, data)).toBe(expected);
});

test('nothing is converted that is not looked at, and nothing twice', () => {
  const get = vi.fn<(key: string) => unknown>((key) => [{ key }]);
  const map = new LazyMap({ keys: () => ['a', 'b'], get }, null);
  expect(get).not.toHaveBeenCalled();
  expect(map.get('a')).toBe(map.get('a'));
  expect(get).toHaveBeenCalledTimes(1);
  expect([map.size, [...map.keys()]]).toEqual([2, ['a', 'b']]);
});

test('a map answers any other key where it is told to', () => {
  expect(new LazyMap(new Map(), null).get('a')).toBeNull();
  expect(new LazyMap(new Map()).get('a')).toBeUndefined();
});
