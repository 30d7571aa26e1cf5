import { withDeadline } from '#shared/deadline/with-deadline.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { Status, statusOf } from './grpc-status.ts';
import { ACCEPTED, isTransient, outcomeOfFailure, type PublishOutcome } from './outcome.ts';
import type { Outages } from './outages.ts';
import type { PublishRpc } from './publish-rpc.ts';

/** How long transient failures are retried before the caller is told to come back. */
const PATIENCE_MS = 1_000;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 200;
/** What a caller waits for a probe. The call itself has until the deadline: a topic that is merely slow is found to be there. */
const PROBE_MS = 1_000;
/** Halvings whose two sides are published at a time: at most 16 calls. Beyond it, one after the other. */
const MAX_PARALLEL_HALVINGS = 4;

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
  readonly outages: Outages;
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
 * Transient failures are retried with a growing delay, for a second at most and never beyond the deadline. A topic on which
 * that did not help, or which did not answer by the deadline, is left to one batch at a time, which finds out that it is back;
 * its others are given up at once. A batch that Pub/Sub refuses as invalid is halved until the message that is to blame stands
 * alone.
 */
export function createAttempts({ rpc, outages, onFailure, now }: AttemptsOptions): Attempts {
  /** What a call tells of its topic counts whenever it ends, also where nobody waits for it any more. */
  async function call(topic: string, messages: readonly StreamMessage[], timeoutMs: number): Promise<void> {
    try {
      await rpc.publish(topic, messages, timeoutMs);
    } catch (error) {
      if (isAnswer(statusOf(error))) outages.answered(topic, now());
      throw error;
    }
    outages.acknowledged(topic, now());
  }

  async function publish(
    topic: string,
    messages: readonly StreamMessage[],
    deadlineAtMs: number,
    halvings = 0,
  ): Promise<PublishOutcome[]> {
    const startedAtMs = now();
    for (let attempts = 1; ; attempts++) {
      const attemptedAtMs = now();
      const remainingMs = deadlineAtMs - attemptedAtMs;
      if (remainingMs <= 0) return fill(messages, { status: 'retry', reason: 'deadline_exceeded' });
      const turn = outages.begin(topic, attemptedAtMs);
      if (turn === 'refused') return fill(messages, { status: 'retry', reason: 'unavailable' });
      const timeoutMs = turn === 'probe' ? Math.min(remainingMs, PROBE_MS) : remainingMs;
      try {
        const calling = call(topic, messages, remainingMs);
        await (turn === 'probe' ? withDeadline(calling, timeoutMs, 'a probe') : calling);
        return fill(messages, ACCEPTED);
      } catch (error) {
        const grpcCode = statusOf(error);
        const failedAtMs = now();
        if (isTransient(grpcCode)) {
          const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), MAX_DELAY_MS) * (0.5 + Math.random() / 2);
          const isPatient = turn === 'attempt' && failedAtMs + delayMs < startedAtMs + PATIENCE_MS;
          if (isPatient && failedAtMs + delayMs < deadlineAtMs) {
            await delay(delayMs);
            continue;
          }
          if (isPatient) outages.unclear(topic, failedAtMs);
          else outages.failed(topic, failedAtMs);
        } else if (grpcCode === Status.DEADLINE_EXCEEDED) {
          if (timeoutMs < PROBE_MS) outages.unclear(topic, failedAtMs);
          else outages.failed(topic, failedAtMs);
        }
        if (grpcCode === Status.INVALID_ARGUMENT && messages.length > 1) {
          return publishHalves(topic, messages, deadlineAtMs, halvings + 1);
        }
        onFailure({ topic, messages: messages.length, grpcCode, attempts, error });
        return fill(messages, outcomeOfFailure(grpcCode, error instanceof Error ? error.message : String(error)));
      }
    }
  }

  /**
   * Both at a time at first: where every message is refused, one after the other would not be done by the deadline. Those
   * with an ordering key keep their order.
   */
  async function publishHalves(
    topic: string,
    messages: readonly StreamMessage[],
    deadlineAtMs: number,
    halvings: number,
  ): Promise<PublishOutcome[]> {
    const middle = Math.ceil(messages.length / 2);
    const first = publish(topic, messages.slice(0, middle), deadlineAtMs, halvings);
    if (messages[0]?.orderingKey !== undefined || halvings > MAX_PARALLEL_HALVINGS) await first;
    const second = publish(topic, messages.slice(middle), deadlineAtMs, halvings);
    return [...(await first), ...(await second)];
  }

  return { publish: (topic, messages, deadlineAtMs) => publish(topic, messages, deadlineAtMs) };
}

function fill(messages: readonly StreamMessage[], outcome: PublishOutcome): PublishOutcome[] {
  return messages.map(() => outcome);
}

/** Whether Pub/Sub has looked at the call: what it says then is about the call, and the topic is not down. */
function isAnswer(grpcCode: number): boolean {
  return !isTransient(grpcCode) && grpcCode !== Status.DEADLINE_EXCEEDED;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
