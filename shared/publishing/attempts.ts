import type { StreamMessage } from '#shared/events/messages.ts';
import { Status, statusOf } from './grpc-status.ts';
import { ACCEPTED, isTransient, outcomeOfFailure, type PublishOutcome } from './outcome.ts';
import type { PublishRpc } from './publish-rpc.ts';

/** How long transient failures are retried before the caller is told to come back. */
const PATIENCE_MS = 1_000;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 200;
/** What the first attempt may take that is to find out whether an outage is over. */
const FIRST_PROBE_MS = 1_000;
const MAX_PROBE_MS = 8_000;
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
 * has succeeded for so long, or a call was not answered by its deadline, one batch at a time is attempted, once and with
 * little time: it is what finds out that Pub/Sub is back. The others are given up at once. A batch that Pub/Sub refuses as
 * invalid is halved until the message that is to blame stands alone.
 */
export function createAttempts({ rpc, onFailure, now }: AttemptsOptions): Attempts {
  const outage = new Outage();

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
      const isProbe = outage.isOn(attemptedAtMs);
      if (isProbe && !outage.beginProbe()) return fill(messages, { status: 'retry', reason: 'unavailable' });
      const timeoutMs = isProbe ? Math.min(remainingMs, outage.probeTimeoutMs) : remainingMs;
      try {
        await rpc.publish(topic, messages, timeoutMs);
        outage.end();
        return fill(messages, ACCEPTED);
      } catch (error) {
        const grpcCode = statusOf(error);
        if (isProbe) outage.endProbe();
        if (grpcCode === Status.DEADLINE_EXCEEDED) {
          // A call that was given less time tells nothing about Pub/Sub.
          if (timeoutMs >= FIRST_PROBE_MS) outage.declare(now());
        } else if (!isTransient(grpcCode)) outage.end();
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

/** For how long calls have been failing with none answered between them, whatever their topic. */
class Outage {
  #beganAtMs = 0;
  #lastFailureAtMs = -Infinity;
  #isDeclared = false;
  #isProbing = false;
  #probeTimeoutMs = FIRST_PROBE_MS;

  /**
   * Notes a failure.
   * @returns how long it has been so, in ms. A failure long after the one before begins anew: nobody knows what was between.
   */
  extendTo(failedAtMs: number): number {
    if (failedAtMs - this.#lastFailureAtMs > 10 * PATIENCE_MS) this.#beganAtMs = failedAtMs;
    this.#lastFailureAtMs = failedAtMs;
    return failedAtMs - this.#beganAtMs;
  }

  /** Notes that a call was not answered at all: it is an outage until a probe finds that it is over. */
  declare(failedAtMs: number): void {
    this.extendTo(failedAtMs);
    this.#isDeclared = true;
  }

  isOn(atMs: number): boolean {
    if (this.#isDeclared) return true;
    return this.#lastFailureAtMs - this.#beganAtMs >= PATIENCE_MS && atMs - this.#lastFailureAtMs <= 10 * PATIENCE_MS;
  }

  /** Doubles with each probe that fails: a Pub/Sub that is merely slow is found in the end. */
  get probeTimeoutMs(): number {
    return this.#probeTimeoutMs;
  }

  /** @returns false where one is under way. */
  beginProbe(): boolean {
    if (this.#isProbing) return false;
    this.#isProbing = true;
    return true;
  }

  /** The probe has failed. */
  endProbe(): void {
    this.#isProbing = false;
    this.#probeTimeoutMs = Math.min(2 * this.#probeTimeoutMs, MAX_PROBE_MS);
  }

  /** Pub/Sub has answered. */
  end(): void {
    this.#lastFailureAtMs = -Infinity;
    this.#isDeclared = false;
    this.#isProbing = false;
    this.#probeTimeoutMs = FIRST_PROBE_MS;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
