import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { paced } from '#test/fairness/paced.ts';
import { type Answer, apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { setFault } from '#test/stack/faults.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';

/** Each publication hangs for so long: longer than the publish deadline, as in a region that is down. */
const HANGS_MS = 60_000;
const PER_SECOND = 50;
const SICK_PER_SECOND = 10;
const SECONDS = 25;
const PUBLISH_DEADLINE_SECONDS = 8;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({}, ['--faults']);
});
afterAll(() => stack.stop());

const nameOf = ({ status, body }: Answer): string => (status === 202 ? '202' : `${status} ${String(body['code'])}`);

/** How often each answer was given. */
async function answersOf(tenant: string, perSecond: number): Promise<Record<string, number>> {
  const api = apiOf(stack, tenant);
  const answers: Record<string, number> = {};
  await paced(perSecond, SECONDS, async () => {
    const name = await api.post('/v1/events', anEvent()).then(nameOf, () => 'none');
    answers[name] = (answers[name] ?? 0) + 1;
  });
  return answers;
}

test("one tenant's topic hangs: no other tenant is refused, the instance is ready, and the end is found", async () => {
  const topic = `projects/${stack.project}/topics/acme.events`;
  await setFault(stack, 'hanging', { target: topic, method: 'Publish', latencyMs: HANGS_MS });
  const ready = new Set<number>();
  const isOver = new AbortController();
  const watching = (async () => {
    for (; !isOver.signal.aborted; await delay(200)) {
      const answer = await fetch(`${stack.api}/readyz`, { signal: AbortSignal.timeout(5_000) });
      await answer.body?.cancel();
      ready.add(answer.status);
    }
  })();
  const [sick, well] = await Promise.all([answersOf('acme', SICK_PER_SECOND), answersOf('globex', PER_SECOND)]);
  isOver.abort();
  await watching;
  await setFault(stack, 'hanging', undefined);
  process.stdout.write(
    `acme's topic hangs for ${SECONDS} s: acme ${JSON.stringify(sick)}, globex ${JSON.stringify(well)}\n`,
  );
  expect(well).toEqual({ '202': PER_SECOND * SECONDS });
  expect(Object.keys(sick).toSorted()).toEqual(['503 publish_unavailable', '504 deadline_exceeded']);
  // Until the first deadline all wait for theirs; then those of one call at a time do, which finds out whether it is over.
  const afterFirstDeadline = SICK_PER_SECOND * (SECONDS - PUBLISH_DEADLINE_SECONDS);
  expect(sick['503 publish_unavailable']).toBeGreaterThan((afterFirstDeadline * 2) / 3);
  expect(ready).toEqual(new Set([200]));
  await eventually(
    () => apiOf(stack, 'acme').post('/v1/events', anEvent()),
    ({ status }) => status === 202,
    5_000,
  );
});
