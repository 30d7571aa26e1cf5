/** Sends what it is ordered to by its parent ({@link FloodOrder}), and answers with what became of it. */
import { Agent } from 'node:http';
import { bodyOf } from './body.ts';
import type { FloodOrder, FloodResult } from './flood.ts';
import { paced } from './paced.ts';
import { type Answer, post } from './post.ts';

const MAX_REFUSALS = 50;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

async function flood(order: FloodOrder): Promise<FloodResult> {
  const { targets, apiKey, eventsPerRequest, requestsPerSecond, seconds } = order;
  const body = bodyOf(eventsPerRequest);
  const acceptedPerSecond = Array.from({ length: seconds }, () => 0);
  const statuses: Record<string, number> = {};
  const refusals: Answer[] = [];
  await paced(requestsPerSecond, seconds, async (_dueAtMs, index) => {
    const answer = await post(targetOf(targets, index), apiKey, body, agent);
    const status = answer?.status ?? 0;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (answer === undefined) return;
    const second = Math.floor(index / requestsPerSecond);
    if (status === 202) acceptedPerSecond[second] = (acceptedPerSecond[second] ?? 0) + eventsPerRequest;
    else if (refusals.length < MAX_REFUSALS) refusals.push(answer);
  });
  return { acceptedPerSecond, statuses, refusals };
}

function targetOf(targets: FloodOrder['targets'], index: number): string {
  let rest = (index * 37) % 100;
  for (const { url, weight } of targets) {
    rest -= weight;
    if (rest < 0) return url;
  }
  return targets[0]?.url ?? '';
}

process.on('message', (order: FloodOrder) => void flood(order).then((result) => process.send?.(result)));
process.on('disconnect', () => process.exit());
