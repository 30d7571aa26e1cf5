import { expect, test } from 'vitest';
import { ratio, summarise } from './measurement.ts';

test('phases are taken together by their length, not averaged', () => {
  const short = { requests: 2, events: 20, errors: 0, durationMs: 1_000, latenciesMs: [4, 2] };
  const long = { requests: 3, events: 30, errors: 1, durationMs: 4_000, latenciesMs: [1, 3, 100] };
  expect(summarise([short, long])).toEqual({
    eventsPerSecond: 10,
    requestsPerSecond: 1,
    p50Ms: 3,
    p95Ms: 100,
    p99Ms: 100,
    requests: 5,
    errors: 1,
    eventsPerSecondByPhase: [20, 7.5],
  });
});

test('a load of which nothing was answered has a rate of 0 and no percentiles', () => {
  const nothing = { requests: 0, events: 0, errors: 9, durationMs: 0, latenciesMs: [] };
  expect(summarise([nothing])).toMatchObject({ eventsPerSecond: 0, p99Ms: undefined, errors: 9 });
});

test.each([
  [1, 4, 0.25],
  [1, 0, undefined],
  [undefined, 4, undefined],
  [1, undefined, undefined],
])('%s to %s is %s', (value, base, expected) => {
  expect(ratio(value, base)).toBe(expected);
});
