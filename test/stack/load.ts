import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Api } from './api.ts';
import { Results } from './api.ts';

/** What became of a load. */
export interface LoadResult {
  /** Ids of the events of which some answer said `accepted` or `duplicate`. */
  readonly accepted: ReadonlySet<string>;
  readonly requests: number;
  /** Requests that got no answer, or one that said to try again. */
  readonly failures: number;
  /** How often each answer was given: `202`, `503 publish_unavailable`, `none`; and of events in it, `202 retry {code}`. */
  readonly answers: ReadonlyMap<string, number>;
  /** The longest that a request took that was answered. */
  readonly slowestMs: number;
}

export interface LoadOptions {
  /** Called with the number of accepted events after each batch. */
  readonly onProgress?: (accepted: number) => void;
  /** Events in a request. Default 100. */
  readonly batchSize?: number;
  /** What each of the eight clients waits between its batches. Default 0. */
  readonly pauseMs?: number;
  /** Whether requests carry an `Idempotency-Key`, the same for the same events. */
  readonly idempotencyKeys?: boolean;
}

const CLIENTS = 8;
const MAX_ATTEMPTS = 100;
/** Before what was answered `retry` is sent again, or what was not answered. */
const RETRY_DELAY_MS = 100;
const AGAIN: ReadonlySet<number> = new Set([409, 429, 503, 504]);

/**
 * Posts events in batches as a careful customer does: what was not answered, or answered with `retry`, 409, 429, 503 or 504,
 * is sent again after what the answer says, with the same ids.
 *
 * @throws {Error} where an event is rejected, or is not accepted after a hundred tries.
 */
export async function sendLoad(
  api: Api,
  events: readonly Record<string, unknown>[],
  { onProgress = () => undefined, batchSize = 100, pauseMs = 0, idempotencyKeys = false }: LoadOptions = {},
): Promise<LoadResult> {
  const batches: Record<string, unknown>[][] = [];
  for (let start = 0; start < events.length; start += batchSize) batches.push(events.slice(start, start + batchSize));
  const accepted = new Set<string>();
  const answers = new Map<string, number>();
  let requests = 0;
  let failures = 0;
  let slowestMs = 0;

  const note = (answer: string): unknown => answers.set(answer, (answers.get(answer) ?? 0) + 1);

  const send = async (batch: readonly Record<string, unknown>[]): Promise<Answer | undefined> => {
    requests++;
    const startedAtMs = performance.now();
    const headers = idempotencyKeys ? { 'idempotency-key': keyOf(batch) } : {};
    const answer = await api.post('/v1/events', batch, headers).catch(() => undefined);
    if (answer !== undefined) slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    note(nameOf(answer));
    return answer;
  };

  /** @returns what is to be sent again, and after how long. */
  const attempt = async (
    batch: readonly Record<string, unknown>[],
  ): Promise<{ rest: Record<string, unknown>[]; waitMs: number }> => {
    const answer = await send(batch);
    if (answer === undefined || AGAIN.has(answer.status)) {
      failures++;
      const retryAfter = answer?.headers.get('retry-after');
      return { rest: [...batch], waitMs: retryAfter ? Number(retryAfter) * 1_000 : RETRY_DELAY_MS };
    }
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`);
    const { results } = Results.parse(answer.body);
    for (const { id, status, error } of results) {
      if (id !== undefined && (status === 'accepted' || status === 'duplicate')) accepted.add(id);
      if (status === 'retry') note(`202 retry ${error?.code}`);
      if (status === 'rejected') throw new Error(`rejected: ${JSON.stringify(error)}`);
    }
    return { rest: batch.filter((_, index) => results[index]?.status === 'retry'), waitMs: RETRY_DELAY_MS };
  };

  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      let left = { rest: batch, waitMs: 0 };
      for (let tries = 0; left.rest.length > 0; tries++) {
        if (tries === MAX_ATTEMPTS) throw new Error(`not accepted after ${MAX_ATTEMPTS} attempts`);
        await delay(left.waitMs);
        left = await attempt(left.rest);
      }
      onProgress(accepted.size);
      if (pauseMs > 0) await delay(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
  return { accepted, requests, failures, answers, slowestMs };
}

function nameOf(answer: Answer | undefined): string {
  if (answer === undefined) return 'none';
  const { code } = answer.body;
  return typeof code === 'string' ? `${answer.status} ${code}` : String(answer.status);
}

function keyOf(batch: readonly Record<string, unknown>[]): string {
  return createHash('sha256').update(JSON.stringify(batch)).digest('base64url');
}

/** One line of figures: how many events, in how many requests, and what these were answered. */
export function describeLoad({ accepted, requests, answers, slowestMs }: LoadResult): string {
  const counted = [...answers].map(([answer, count]) => `${count} x ${answer}`).join(', ');
  return `${accepted.size} events accepted in ${requests} requests (${counted}); the slowest took ${Math.round(slowestMs)} ms`;
}
