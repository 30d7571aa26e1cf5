import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf } from './body.ts';
import { post } from './post.ts';

/** What a client saw that waits as it is told. */
export interface Obeyed {
  readonly accepted: number;
  readonly refused: number;
  /** Requests that were refused although they came when they were told. */
  readonly refusedAgain: number;
  readonly longestWaitSeconds: number;
}

/** Sends one request after another until `signal`, each until it is accepted, and waits as long as `Retry-After` says. */
export async function obeyingClient(
  url: string,
  apiKey: string,
  eventsPerRequest: number,
  signal: AbortSignal,
): Promise<Obeyed> {
  const agent = new Agent({ keepAlive: true });
  const body = bodyOf(eventsPerRequest);
  let accepted = 0;
  let refused = 0;
  let refusedAgain = 0;
  let longestWaitSeconds = 0;
  let hasWaited = false;
  while (!signal.aborted || hasWaited) {
    const answer = await post(url, apiKey, body, agent);
    if (answer?.status === 429) {
      refused++;
      if (hasWaited) refusedAgain++;
      const seconds = answer.retryAfter ?? 0;
      longestWaitSeconds = Math.max(longestWaitSeconds, seconds);
      await delay(seconds * 1_000);
      hasWaited = true;
    } else {
      if (answer?.status === 202) accepted++;
      hasWaited = false;
      await delay(20);
    }
  }
  agent.destroy();
  return { accepted, refused, refusedAgain, longestWaitSeconds };
}
