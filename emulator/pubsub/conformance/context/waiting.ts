import { setTimeout as delay } from 'node:timers/promises';
import { Unmet } from '../expectations.ts';

/** What a behaviour may take to show, unless its row says otherwise. */
export const PATIENCE_MS = 8000;

const POLL_MS = 20;

/**
 * Asks again and again until there is an answer.
 * @throws Unmet when there is none within `withinMs`
 */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: string,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Unmet(`not within ${withinMs / 1000} s: ${what}`);
    await delay(POLL_MS);
  }
}

/** Resolves after that time, for behaviours that consist in nothing happening. */
export const elapsed = (ms: number): Promise<void> => delay(ms);
