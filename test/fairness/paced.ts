import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls `send` at a fixed rate, evenly spaced, whether or not earlier calls have ended. Resolves when all have.
 *
 * @param send is given the time at which it was due: a latency counts from there, so that nobody who stalls can hide it
 */
export async function paced(
  perSecond: number,
  seconds: number,
  send: (dueAtMs: number, index: number) => Promise<void>,
): Promise<void> {
  const startedAtMs = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < perSecond * seconds; index++) {
    const dueAtMs = startedAtMs + (index * 1_000) / perSecond;
    const aheadMs = dueAtMs - performance.now();
    if (aheadMs > 0) await delay(aheadMs);
    sent.push(send(dueAtMs, index));
  }
  await Promise.all(sent);
}
