import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.ts';
import { Results } from './api.ts';

/** What became of a load. */
export interface LoadResult {
  /** Ids of the events of which some answer said `accepted` or `duplicate`. */
  readonly accepted: ReadonlySet<string>;
  readonly requests: number;
  /** Requests that got no answer, or one that said to try again. */
  readonly failures: number;
}

const BATCH = 100;
const CONCURRENCY = 8;
const MAX_ATTEMPTS = 100;

/**
 * Posts events in batches as a careful customer does: what was not answered, or answered with `retry`, 503 or 504, is
 * sent again, with the same ids.
 *
 * @param onProgress called with the number of accepted events after each batch.
 * @throws {Error} where an event is rejected, or is not accepted after a hundred tries.
 */
export async function sendLoad(
  api: Api,
  events: readonly Record<string, unknown>[],
  onProgress: (accepted: number) => void = () => undefined,
): Promise<LoadResult> {
  const batches: Record<string, unknown>[][] = [];
  for (let start = 0; start < events.length; start += BATCH) batches.push(events.slice(start, start + BATCH));
  const accepted = new Set<string>();
  let requests = 0;
  let failures = 0;

  const send = async (batch: readonly Record<string, unknown>[]): Promise<Record<string, unknown>[]> => {
    requests++;
    const answer = await api.post('/v1/events', batch).catch(() => undefined);
    if (answer === undefined || answer.status === 503 || answer.status === 504) {
      failures++;
      return [...batch];
    }
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`);
    const { results } = Results.parse(answer.body);
    results.forEach(({ id, status }) => {
      if (id !== undefined && (status === 'accepted' || status === 'duplicate')) accepted.add(id);
    });
    return batch.filter((_, index) => results[index]?.status === 'retry');
  };

  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      let rest = batch;
      for (let attempt = 0; rest.length > 0; attempt++) {
        if (attempt === MAX_ATTEMPTS) throw new Error(`not accepted after ${MAX_ATTEMPTS} attempts`);
        if (attempt > 0) await delay(100);
        rest = await send(rest);
      }
      onProgress(accepted.size);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { accepted, requests, failures };
}
