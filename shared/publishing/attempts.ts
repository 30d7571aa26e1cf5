import type { StreamMessage } from '#shared/events/messages.ts';
import { Status, statusOf } from './grpc-status.ts';
import { ACCEPTED, isTransient, outcomeOfFailure, type PublishOutcome } from './outcome.ts';
import type { PublishRpc } from './publish-rpc.ts';

/** How long transient failures are retried before the caller is told to come back. */
const PATIENCE_MS = 1_000;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 200;

/** A failed call, for the log. */
export interface PublishFailure {
  readonly topic: string;
  readonly messages: number;
  readonly grpcCode: number;
  readonly attempts: number;
  readonly error: unknown;
}

export interface AttemptsOptions {
  readonly rpc: PublishRpc;
  /** Told of every call that is given up. */
  readonly onFailure: (failure: PublishFailure) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Publishes a batch, trying again where that may help. */
export interface Attempts {
  /** @returns one outcome for each message, in order, not later than `deadlineAtMs`. Never throws. */
  publish(topic: string, messages: readonly StreamMessage[], deadlineAtMs: number): Promise<PublishOutcome[]>;
}

/**
 * Transient failures are retried with a growing delay, for a second at most and never beyond the deadline. Once nothing
 * has succeeded for so long there is one attempt and no waiting: it is what finds out that Pub/Sub is back, and callers
 * learn at once that it is not. A batch that Pub/Sub refuses as invalid is halved until the message that is to blame
 * stands alone.
 */
export function createAttempts({ rpc, onFailure, now }: AttemptsOptions): Attempts {
  const outage = new Outage();

  async function publish(
    topic: string,
    messages: readonly StreamMessage[],
    deadlineAtMs: number,
  ): Promise<PublishOutcome[]> {
    const startedAtMs = now();
    for (let attempts = 1; ; attempts++) {
      const remainingMs = deadlineAtMs - now();
      if (remainingMs <= 0) return fill(messages, { status: 'retry', reason: 'deadline_exceeded' });
      try {
        await rpc.publish(topic, messages, remainingMs);
        outage.end();
        return fill(messages, ACCEPTED);
      } catch (error) {
        const grpcCode = statusOf(error);
        if (isTransient(grpcCode)) {
          const failedAtMs = now();
          const isDown = outage.extendTo(failedAtMs) >= PATIENCE_MS;
          const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), MAX_DELAY_MS) * (0.5 + Math.random() / 2);
          const resumesAtMs = failedAtMs + delayMs;
          if (!isDown && resumesAtMs < Math.min(startedAtMs + PATIENCE_MS, deadlineAtMs)) {
            await delay(delayMs);
            continue;
          }
        }
        if (grpcCode === Status.INVALID_ARGUMENT && messages.length > 1) {
          return publishHalves(topic, messages, deadlineAtMs);
        }
        onFailure({ topic, messages: messages.length, grpcCode, attempts, error });
        return fill(messages, outcomeOfFailure(grpcCode, error instanceof Error ? error.message : String(error)));
      }
    }
  }

  /** One half after the other: messages with an ordering key keep their order. */
  async function publishHalves(
    topic: string,
    messages: readonly StreamMessage[],
    deadlineAtMs: number,
  ): Promise<PublishOutcome[]> {
    const middle = Math.ceil(messages.length / 2);
    const first = await publish(topic, messages.slice(0, middle), deadlineAtMs);
    return [...first, ...(await publish(topic, messages.slice(middle), deadlineAtMs))];
  }

  return { publish };
}

function fill(messages: readonly StreamMessage[], outcome: PublishOutcome): PublishOutcome[] {
  return messages.map(() => outcome);
}

/** For how long calls have been failing with none succeeding between them, whatever their topic. */
class Outage {
  #beganAtMs = 0;
  #lastFailureAtMs = -Infinity;

  /**
   * Notes a failure.
   * @returns how long it has been so, in ms. A failure long after the one before begins anew: nobody knows what was between.
   */
  extendTo(failedAtMs: number): number {
    if (failedAtMs - this.#lastFailureAtMs > 10 * PATIENCE_MS) this.#beganAtMs = failedAtMs;
    this.#lastFailureAtMs = failedAtMs;
    return failedAtMs - this.#beganAtMs;
  }

  end(): void {
    this.#lastFailureAtMs = -Infinity;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
