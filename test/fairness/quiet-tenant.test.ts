import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FloodResult } from './flood.ts';
import { LIMIT, startNeighbours, type Neighbours } from './neighbours.ts';

const SECONDS = 15;

let neighbours: Neighbours;

beforeAll(async () => {
  neighbours = await startNeighbours();
});
afterAll(() => neighbours.end());

function expectHonest({ refusals, statuses }: FloodResult): void {
  expect(Object.keys(statuses).toSorted()).toEqual(['202', '429']);
  for (const { status, retryAfter = 0, rateLimit, rateLimitPolicy, body } of refusals) {
    expect(status).toBe(429);
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(rateLimit).toMatch(
      new RegExp(`^"second";r=0;t=${retryAfter}, "day";r=\\d+;t=\\d+, "month";r=\\d+;t=\\d+, "second-bytes";`),
    );
    expect(rateLimitPolicy).toMatch(/^"second";q=1000;qu="events";w=1, /);
    expect(JSON.parse(body)).toMatchObject({ code: 'rate_limited', 'violated-policies': ['second'] });
  }
}

// How long the quiet tenant waits meanwhile: `npm run bench -- fairness`.
test('of a tenant that floods with ten times its limit, no more than that passes, and what is refused is told honestly; its neighbour is refused nothing', async () => {
  const end = new AbortController();
  const obeying = neighbours.obey(end.signal);
  const [flood, quiet] = await Promise.all([neighbours.flood(SECONDS), neighbours.quiet(SECONDS)]);
  end.abort();
  const obeyed = await obeying;

  expectHonest(flood);
  const accepted = flood.acceptedPerSecond.reduce((sum, events) => sum + events, 0);
  const { eventsPerSecond, burstEvents } = LIMIT;
  // Before an instance knows its share it lets a request's worth through, which is owed.
  expect(accepted).toBeLessThanOrEqual((eventsPerSecond * SECONDS + 2 * burstEvents) * 1.1);
  expect(quiet.refused).toBe(0);
  expect(obeyed.refused).toBeGreaterThan(0);
  expect(obeyed.refusedAgain).toBe(0);
});
