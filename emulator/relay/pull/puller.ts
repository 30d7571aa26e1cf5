import { status } from '@grpc/grpc-js';
import type { protos, v1 } from '@google-cloud/pubsub';
import { setTimeout as delay } from 'node:timers/promises';
import { hasStatus } from '#emulator/pulumi/resources/grpc-status.ts';
import { type PulledMessage, toPulledMessage } from './pulled-message.ts';

export interface PullerOptions {
  readonly subscriber: v1.SubscriberClient;
  /** `projects/{project}/subscriptions/{id}` */
  readonly subscription: string;
  /** Resolves with how many messages can be taken, once that is one or more. */
  readonly room: (signal: AbortSignal) => Promise<number>;
  /** Takes messages; the next pull begins when it resolves. */
  readonly take: (messages: readonly PulledMessage[]) => Promise<void>;
  readonly log: (message: string) => void;
}

/** Longer than a server lets a pull wait for messages: Google's emulator answers an empty one after 19 seconds. */
const PULL_DEADLINE_MS = 30_000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** What the client's `pull` makes its promise of, and does not pass on: a call that can be ended. */
type Pull = (
  request: protos.google.pubsub.v1.IPullRequest,
  options: object,
) => Promise<[protos.google.pubsub.v1.IPullResponse]> & { cancel(): void };

/**
 * Pulls one subscription until `signal` aborts or the subscription is gone, never more than there is room for.
 *
 * It pulls request by request, not by stream: Google's emulator ignores a stream's flow control and gives it a hundred
 * messages every 50 ms, while an answer to a request comes as soon as there is a message (9,000 a second, measured).
 */
export async function pullContinually(options: PullerOptions, signal: AbortSignal): Promise<void> {
  const { subscription, log } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const maxMessages = await options.room(signal);
      const messages = await pull(options, maxMessages, signal);
      if (failures > 0) log(`${subscription}: pulling again`);
      failures = 0;
      if (messages.length > 0) await options.take(messages);
    } catch (error) {
      if (signal.aborted) return;
      if (hasStatus(error, status.NOT_FOUND)) {
        log(`${subscription}: not relayed any more: it does not exist`);
        return;
      }
      if (hasStatus(error, status.DEADLINE_EXCEEDED)) continue;
      if (failures++ === 0) log(`${subscription}: ${error instanceof Error ? error.message : String(error)}`);
      const pauseMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** (failures - 1));
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function pull(
  { subscriber, subscription }: PullerOptions,
  maxMessages: number,
  signal: AbortSignal,
): Promise<PulledMessage[]> {
  await subscriber.initialize();
  signal.throwIfAborted();
  const start = subscriber.innerApiCalls['pull'] as unknown as Pull;
  // The loop decides what is tried again, and when.
  const call = start({ subscription, maxMessages }, { timeout: PULL_DEADLINE_MS, retry: { retryCodes: [] } });
  // A server must not go on waiting for messages on behalf of nobody: they would be lost until their ack deadline.
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  try {
    const [{ receivedMessages }] = await call;
    return (receivedMessages ?? []).map(toPulledMessage);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
