import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until `until` is content with the answer. What happens elsewhere (a push, an insert) has no event to wait for.
 *
 * @throws {Error} with the last answer, after `withinMs`.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  until: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (until(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms; last: ${JSON.stringify(answer)?.slice(0, 2_000)}`);
    }
    await delay(25);
  }
}
