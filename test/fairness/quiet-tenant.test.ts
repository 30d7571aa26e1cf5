import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { bodyOf } from './body.ts';
import { startFlooder, type Flooder, type FloodOrder, type FloodResult } from './flood.ts';
import { obeyingClient } from './obeying-client.ts';
import { paced } from './paced.ts';
import { post } from './post.ts';
import { anotherApiKey, limitedTenant, withoutSubscribers } from './tenants.ts';

const LIMIT = { eventsPerSecond: 1_000, burstEvents: 2_500 };
const EVENTS_PER_REQUEST = 25;
const QUIET = { requestsPerSecond: 50, eventsPerRequest: 10 };
const ROUNDS = 7;
const PHASE_SECONDS = 8;
const WARM_UP_SECONDS = 5;
/** What the quiet tenant's p99 may be beside the flood, over what it is alone: the median of the rounds. */
const MAX_RATIO = 1.5;

let stack: TestStack;
let ingest: FunctionsInstance;
let flooder: Flooder;
let flooding: string;
let obeying: string;

beforeAll(async () => {
  stack = await startStack();
  flooding = await limitedTenant(stack, 'hooli', LIMIT);
  obeying = await anotherApiKey(stack, 'hooli');
  await withoutSubscribers(stack, ['globex', 'hooli']);
  ingest = await startFunctionsInstance(stack, 'node', { FUNCTIONS: 'ingest' });
  flooder = startFlooder();
});
afterAll(async () => {
  flooder.end();
  await ingest.end();
  await stack.stop();
});

const report = (line: string): boolean => process.stdout.write(`${line}\n`);

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** The quiet tenant's latencies in milliseconds, from the time each request was due, in order of size. */
async function quietLatencies(seconds: number): Promise<number[]> {
  const apiKey = stack.tenants['globex']?.apiKey ?? '';
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const body = bodyOf(QUIET.eventsPerRequest);
  const latencies: number[] = [];
  await paced(QUIET.requestsPerSecond, seconds, async (dueAtMs) => {
    const answer = await post(ingest.url, apiKey, body, agent);
    expect(answer?.status).toBe(202);
    latencies.push(performance.now() - dueAtMs);
  });
  agent.destroy();
  return latencies.toSorted((a, b) => a - b);
}

function floodOrder(seconds: number): FloodOrder {
  return {
    targets: [{ url: ingest.url, weight: 100 }],
    apiKey: flooding,
    eventsPerRequest: EVENTS_PER_REQUEST,
    requestsPerSecond: (10 * LIMIT.eventsPerSecond) / EVENTS_PER_REQUEST,
    seconds,
  };
}

function expectHonest({ refusals, statuses }: FloodResult): void {
  expect(Object.keys(statuses).toSorted()).toEqual(['202', '429']);
  for (const { status, retryAfter = 0, rateLimit, rateLimitPolicy, body } of refusals) {
    expect(status).toBe(429);
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(rateLimit).toMatch(new RegExp(`^"second";r=0;t=${retryAfter}, "day";r=\\d+;t=\\d+, "month";r=\\d+;t=\\d+$`));
    expect(rateLimitPolicy).toMatch(/^"second";q=1000;qu="events";w=1, /);
    expect(JSON.parse(body)).toMatchObject({ code: 'rate_limited', 'violated-policies': ['second'] });
  }
}

test(`a quiet tenant beside one that floods with ten times its limit: p99 at most ${MAX_RATIO} times what it is alone`, async () => {
  await Promise.all([quietLatencies(WARM_UP_SECONDS), flooder.flood(floodOrder(WARM_UP_SECONDS))]);

  const ratios: number[] = [];
  const obeyed: Promise<Awaited<ReturnType<typeof obeyingClient>>>[] = [];
  report('round | alone p50, p99 ms | beside p50, p99 ms | ratio of p99 | flood: events/s accepted, answers');
  for (let round = 1; round <= ROUNDS; round++) {
    const phase = { alone: [] as number[], beside: [] as number[] };
    let flood: FloodResult | undefined;
    const alone = async (): Promise<void> => void (phase.alone = await quietLatencies(PHASE_SECONDS));
    const beside = async (): Promise<void> => {
      const client = new AbortController();
      obeyed.push(obeyingClient(ingest.url, obeying, 20, client.signal));
      [flood, phase.beside] = await Promise.all([
        flooder.flood(floodOrder(PHASE_SECONDS)),
        quietLatencies(PHASE_SECONDS),
      ]);
      client.abort();
      await obeyed.at(-1);
    };
    // By turns from either end, so that neither being first nor being last is an advantage.
    for (const run of round % 2 === 0 ? [beside, alone] : [alone, beside]) await run();
    if (flood === undefined) throw new Error('there was no flood');
    expectHonest(flood);
    const ratio = percentile(phase.beside, 0.99) / percentile(phase.alone, 0.99);
    ratios.push(ratio);
    const accepted = flood.acceptedPerSecond.reduce((sum, events) => sum + events, 0) / PHASE_SECONDS;
    const figures = [phase.alone, phase.beside].map((latencies) =>
      [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1)).join(', '),
    );
    report(
      `${round} | ${figures.join(' | ')} | ${ratio.toFixed(2)} | ${accepted.toFixed(0)}, ${JSON.stringify(flood.statuses)}`,
    );
  }
  const clients = await Promise.all(obeyed);
  const total = (pick: (each: (typeof clients)[number]) => number): number =>
    clients.reduce((sum, each) => sum + pick(each), 0);
  report(
    `a client of the flooding tenant that obeys: ${total((each) => each.accepted)} accepted, ${total((each) => each.refused)} refused, ` +
      `of which ${total((each) => each.refusedAgain)} again; longest wait ${Math.max(...clients.map((each) => each.longestWaitSeconds))} s`,
  );
  expect(total((each) => each.refused)).toBeGreaterThan(0);
  expect(total((each) => each.refusedAgain)).toBe(0);
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  report(`median ratio ${median?.toFixed(2)}`);
  expect(median).toBeLessThanOrEqual(MAX_RATIO);
});
