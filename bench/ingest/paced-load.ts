import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from '../measurement/measurement.ts';
import { answerCheck } from './answer.ts';
import type { HttpTarget } from './http-target.ts';

const TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 256;

/**
 * Requests at a fixed rate, evenly spaced, whether or not earlier ones are answered (open loop). A latency counts from
 * the time at which the request was due, so that a server or a load generator that stalls cannot hide it. Autocannon
 * has no such mode: its rate is a burst at the start of each second.
 *
 * @param targets one for each request, by turns; so with `bodies`.
 * @param onAccepted told of each request that was answered as it should be: which one, and when by `performance.now`.
 */
export async function pacedLoad(
  targets: readonly HttpTarget[],
  bodies: readonly string[],
  eventsPerRequest: number,
  eventsPerSecond: number,
  seconds: number,
  onAccepted: (index: number, atMs: number) => void = () => undefined,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const post = poster(agent, answerCheck(eventsPerRequest));
  const latenciesMs: number[] = [];
  let errors = 0;
  const startedAt = performance.now();
  const send = async (target: HttpTarget, index: number, dueAt: number): Promise<void> => {
    if (!(await post(target, bodies[index % bodies.length] ?? ''))) {
      errors++;
      return;
    }
    const answeredAt = performance.now();
    latenciesMs.push(answeredAt - dueAt);
    onAccepted(index, answeredAt);
  };

  const intervalMs = (eventsPerRequest / eventsPerSecond) * 1000;
  const total = Math.round((seconds * 1000) / intervalMs);
  const sent: Promise<void>[] = [];
  while (sent.length < total) {
    const dueAt = startedAt + sent.length * intervalMs;
    const aheadMs = dueAt - performance.now();
    if (aheadMs > 0) await delay(aheadMs);
    const target = targets[sent.length % targets.length];
    if (target === undefined) throw new Error('nothing to send to');
    sent.push(send(target, sent.length, dueAt));
  }
  await Promise.all(sent);
  agent.destroy();
  return {
    requests: latenciesMs.length,
    events: latenciesMs.length * eventsPerRequest,
    errors,
    durationMs: performance.now() - startedAt,
    latenciesMs,
  };
}

/** Resolves to whether the answer was 202 and its body what it should be; never rejects. */
function poster(
  agent: Agent,
  check: (body: string) => boolean,
): (target: HttpTarget, body: string) => Promise<boolean> {
  return (target, body) =>
    new Promise((resolve) => {
      const headers = { ...target.headers, 'content-length': Buffer.byteLength(body) };
      const call = request(target.url, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve(answer.statusCode === 202 && check(text)));
        answer.on('error', () => resolve(false));
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', () => resolve(false));
      call.end(body);
    });
}
