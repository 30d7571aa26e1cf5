import { type AckOutcome, mergeOutcomes } from '../acknowledgements.ts';
import type { Clock, Timer } from '../clock/clock.ts';
import type { Consumer, Room } from '../consumer.ts';
import type { Lease } from '../lease.ts';
import { SECOND_MS } from '../protocol/duration.ts';
import type { ReceivedMessage } from '../protocol/received-messages.ts';
import { invalidArgument, type StatusError } from '../protocol/status.ts';
import { LONGEST_ACK_DEADLINE_SECONDS } from '../subscription-config.ts';
import type { Subscription } from '../subscription.ts';

/** `google.pubsub.v1.StreamingPullRequest`. */
export interface StreamingPullRequest {
  readonly subscription?: string;
  readonly ackIds?: readonly string[];
  readonly modifyDeadlineSeconds?: readonly number[];
  readonly modifyDeadlineAckIds?: readonly string[];
  readonly streamAckDeadlineSeconds?: number;
  readonly clientId?: string;
  readonly maxOutstandingMessages?: number;
  readonly maxOutstandingBytes?: number;
  readonly protocolVersion?: number;
}

/** `google.pubsub.v1.StreamingPullResponse`, but for messages. */
export interface StreamingPullResponse {
  readonly acknowledgeConfirmation?: {
    readonly ackIds: readonly string[];
    readonly invalidAckIds: readonly string[];
    readonly unorderedAckIds: readonly string[];
  };
  readonly modifyAckDeadlineConfirmation?: {
    readonly ackIds: readonly string[];
    readonly invalidAckIds: readonly string[];
  };
  readonly subscriptionProperties?: {
    readonly exactlyOnceDeliveryEnabled: boolean;
    readonly messageOrderingEnabled: boolean;
  };
}

/** The other side of a stream. */
export interface StreamingPullCall {
  /** False when it is not keeping up: then nothing more is sent until `StreamingPull.onDrained`. */
  send(messages: readonly ReceivedMessage[]): boolean;
  /** Sends what is no message; a response with nothing in it keeps the stream alive. */
  respond(response: StreamingPullResponse): void;
  fail(error: StatusError): void;
}

const SHORTEST_STREAM_DEADLINE_SECONDS = 10;
/** One response: large enough to make the cost of a response vanish, small enough for streams to take turns. */
const MAX_RESPONSE: Room = { messages: 256, bytes: 512 * 1024 };
/** Clients of protocol version 1 take a stream that is silent for longer to be broken. */
const KEEP_ALIVE_MS = 30 * SECOND_MS;

/** One StreamingPull stream: takes messages as its flow control allows, for as long as it is open. */
export class StreamingPull implements Consumer {
  readonly takesKeysInBatches = true;
  readonly #clock: Clock;
  readonly #subscription: Subscription;
  readonly #call: StreamingPullCall;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #disconnect: () => void;
  #ackDeadlineMs = 0;
  #outstandingMessages = 0;
  #outstandingBytes = 0;
  #isDrained = true;
  /** What the client was told last. */
  #isExactlyOnce: boolean | undefined;
  #keepAlive: Timer | undefined;

  /** @throws StatusError INVALID_ARGUMENT or FAILED_PRECONDITION: the first request cannot be served */
  constructor(clock: Clock, subscription: Subscription, first: StreamingPullRequest, call: StreamingPullCall) {
    this.#clock = clock;
    this.#subscription = subscription;
    this.#call = call;
    this.#maxMessages = positiveOrInfinite(first.maxOutstandingMessages);
    this.#maxBytes = positiveOrInfinite(first.maxOutstandingBytes);
    subscription.requirePullable();
    this.#setAckDeadline(first.streamAckDeadlineSeconds ?? 0);
    this.#tellProperties();
    this.#modify(first);
    this.#disconnect = subscription.connect(this, (error) => {
      this.#keepAlive?.cancel();
      call.fail(error);
    });
    if (first.protocolVersion) this.#scheduleKeepAlive();
  }

  get ackDeadlineMs(): number {
    return this.#ackDeadlineMs;
  }

  /** A further request on the stream. @throws StatusError INVALID_ARGUMENT: the stream is to be aborted */
  onRequest(request: StreamingPullRequest): void {
    const { subscription, clientId, maxOutstandingMessages, maxOutstandingBytes, streamAckDeadlineSeconds } = request;
    if (subscription || clientId)
      throw invalidArgument('Only the first request of a stream can name its subscription or client.');
    if (maxOutstandingMessages || maxOutstandingBytes || request.protocolVersion) {
      throw invalidArgument('Only the first request of a stream can set flow control and protocol version.');
    }
    if (streamAckDeadlineSeconds) this.#setAckDeadline(streamAckDeadlineSeconds);
    this.#modify(request);
  }

  /** The client reads again. */
  onDrained(): void {
    this.#isDrained = true;
    this.#subscription.onRoom();
  }

  /** The stream has ended. What it holds stays leased to it. */
  close(): void {
    this.#keepAlive?.cancel();
    this.#disconnect();
  }

  room(): Room | undefined {
    const messages = Math.min(MAX_RESPONSE.messages, this.#maxMessages - this.#outstandingMessages);
    const bytes = Math.min(MAX_RESPONSE.bytes, this.#maxBytes - this.#outstandingBytes);
    return this.#isDrained && messages > 0 && bytes > 0 ? { messages, bytes } : undefined;
  }

  deliver(leases: readonly Lease[]): void {
    this.#tellProperties();
    this.#outstandingMessages += leases.length;
    for (const lease of leases) this.#outstandingBytes += lease.message.sizeBytes;
    this.#isDrained = this.#call.send(leases.map((lease) => this.#subscription.received(lease)));
  }

  onSettled(lease: Lease): void {
    this.#outstandingMessages--;
    this.#outstandingBytes -= lease.message.sizeBytes;
  }

  #setAckDeadline(seconds: number): void {
    if (seconds < SHORTEST_STREAM_DEADLINE_SECONDS || seconds > LONGEST_ACK_DEADLINE_SECONDS) {
      throw invalidArgument(
        `Invalid stream_ack_deadline_seconds: ${seconds}. It must be between ${SHORTEST_STREAM_DEADLINE_SECONDS} and ${LONGEST_ACK_DEADLINE_SECONDS}.`,
      );
    }
    this.#ackDeadlineMs = seconds * SECOND_MS;
  }

  #modify({ ackIds = [], modifyDeadlineAckIds = [], modifyDeadlineSeconds = [] }: StreamingPullRequest): void {
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw invalidArgument('modify_deadline_seconds and modify_deadline_ack_ids must have the same length.');
    }
    for (const seconds of modifyDeadlineSeconds) {
      if (seconds < 0 || seconds > LONGEST_ACK_DEADLINE_SECONDS) {
        throw invalidArgument(`Invalid modify_deadline_seconds: ${seconds}.`);
      }
    }
    if (ackIds.length > 0) this.#confirmAcknowledged(this.#subscription.acknowledge(ackIds));
    if (modifyDeadlineAckIds.length > 0) {
      const outcomes = modifyDeadlineAckIds.map((ackId, index) =>
        this.#subscription.modifyAckDeadline([ackId], modifyDeadlineSeconds[index] ?? 0),
      );
      this.#confirmModified(mergeOutcomes(outcomes));
    }
  }

  #confirmAcknowledged({ accepted, invalid, unordered }: AckOutcome): void {
    if (!this.#subscription.isExactlyOnce) return;
    this.#call.respond({
      acknowledgeConfirmation: { ackIds: accepted, invalidAckIds: invalid, unorderedAckIds: unordered },
    });
  }

  #confirmModified({ accepted, invalid }: AckOutcome): void {
    if (!this.#subscription.isExactlyOnce) return;
    this.#call.respond({ modifyAckDeadlineConfirmation: { ackIds: accepted, invalidAckIds: invalid } });
  }

  /** At first, and when it has changed since: clients wait for confirmations where delivery is exactly once. */
  #tellProperties(): void {
    const { isExactlyOnce } = this.#subscription;
    if (this.#isExactlyOnce === isExactlyOnce) return;
    this.#isExactlyOnce = isExactlyOnce;
    const messageOrderingEnabled = this.#subscription.resource.enableMessageOrdering ?? false;
    this.#call.respond({
      subscriptionProperties: { exactlyOnceDeliveryEnabled: isExactlyOnce, messageOrderingEnabled },
    });
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.#clock.after(KEEP_ALIVE_MS, () => {
      this.#call.respond({});
      this.#scheduleKeepAlive();
    });
  }
}

const positiveOrInfinite = (limit = 0): number => (limit > 0 ? limit : Number.POSITIVE_INFINITY);
