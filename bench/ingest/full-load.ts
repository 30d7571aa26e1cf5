import autocannon from 'autocannon';
import type { Load } from '../measurement/measurement.ts';
import { answerCheck } from './answer.ts';
import type { HttpTarget } from './http-target.ts';

/**
 * How many connections send, each its next request when the last one is answered: events in flight are what fills a
 * batch, and with one event a request it takes more connections to have as many.
 */
export function connectionsFor(eventsPerRequest: number): number {
  return eventsPerRequest === 1 ? 256 : 32;
}

const TIMEOUT_SECONDS = 10;
/** How often autocannon looks whether it is done. */
const SAMPLE_INTERVAL_MS = 50;

/**
 * As many requests as the connections can get answered (closed loop). With `{ requests }` the phase ends with the last
 * answer and not in the middle of some: what a slow server has in flight at the end counts as well.
 *
 * @param bodies one for each request, by turns.
 */
export async function fullLoad(
  target: HttpTarget,
  bodies: readonly string[],
  eventsPerRequest: number,
  until: { readonly requests: number } | { readonly seconds: number },
): Promise<Load> {
  const latenciesMs: number[] = [];
  let refused = 0;
  const startedAt = performance.now();
  let lastAnswerAt = startedAt;
  const options: autocannon.Options = {
    url: target.url,
    connections: connectionsFor(eventsPerRequest),
    timeout: TIMEOUT_SECONDS,
    sampleInt: SAMPLE_INTERVAL_MS,
    ...('requests' in until ? { amount: until.requests } : { duration: until.seconds }),
    requests: bodies.map((body) => ({ method: 'POST', headers: { ...target.headers }, body })),
    verifyBody: answerCheck(eventsPerRequest),
  };
  const { errors, mismatches } = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, result) => (error ? reject(error) : resolve(result)));
    run.on('response', (_client, status, _bytes, latencyMs) => {
      lastAnswerAt = performance.now();
      if (status === 202) latenciesMs.push(latencyMs);
      else refused++;
    });
  });
  return {
    requests: latenciesMs.length,
    events: latenciesMs.length * eventsPerRequest,
    errors: refused + errors + mismatches,
    durationMs: lastAnswerAt - startedAt,
    latenciesMs,
  };
}
