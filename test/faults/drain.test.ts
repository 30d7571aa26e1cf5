import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FUNCTIONS_HOSTS } from '#emulator/cloud/functions-host.ts';
import { anEvent } from '#test/stack/event.ts';
import { setFault } from '#test/stack/faults.ts';
import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { post } from '#test/stack/post.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

const SIGKILL_AFTER_MS = 10_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({}, ['--faults']);
});
afterAll(() => stack.stop());

test.concurrent.each(FUNCTIONS_HOSTS)(
  'SIGTERM while Pub/Sub hangs, on the host %s: those who wait are told to send again, and the process ends in time',
  async (host) => {
    const instance = await startFunctionsInstance(stack, host);
    const topic = `projects/${stack.project}/topics/acme.events`;
    await setFault(stack, 'hanging', { target: topic, method: 'Publish', latencyMs: 60_000 });
    const apiKey = stack.tenants['acme']!.apiKey;
    const posts = Array.from({ length: 20 }, () => post(instance.url, apiKey, anEvent(), new Agent()));
    await Promise.all(posts.map(({ sent }) => sent));
    expect((await fetch(`${instance.url}/healthz`)).status).toBe(200);

    const { code, tookMs } = await instance.end();
    const outcomes = await Promise.all(posts.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => 'status' in outcome && outcome.status)).toEqual(posts.map(() => 504));
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(SIGKILL_AFTER_MS);
  },
);
