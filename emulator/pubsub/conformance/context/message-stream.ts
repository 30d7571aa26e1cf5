import type { protos, v1 } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import { type Code, Unmet } from '../expectations.ts';
import { type Received, toReceived } from './received.ts';
import { elapsed, PATIENCE_MS, until } from './waiting.ts';

type Request = protos.google.pubsub.v1.IStreamingPullRequest;
type Response = protos.google.pubsub.v1.IStreamingPullResponse;

/** A StreamingPull call as the protocol has it: nothing is acknowledged or prolonged unless a row says so. */
export class MessageStream {
  readonly received: Received[] = [];
  readonly responses: Response[] = [];
  readonly #call: ReturnType<v1.SubscriberClient['streamingPull']>;
  #end: Code | undefined;

  constructor(subscriber: v1.SubscriberClient, first: Request) {
    this.#call = subscriber.streamingPull();
    this.#call.on('data', (response: Response) => {
      this.responses.push(response);
      this.received.push(...(response.receivedMessages ?? []).map(toReceived));
    });
    this.#call.on('error', ({ code }: { code?: number }) => {
      this.#end ??= status[code ?? status.UNKNOWN] as Code;
    });
    this.#call.on('end', () => {
      this.#end ??= 'OK';
    });
    this.write({ streamAckDeadlineSeconds: 60, ...first });
  }

  write(request: Request): void {
    if (this.#end === undefined) this.#call.write(request);
  }

  ack(...messages: readonly Received[]): void {
    this.write({ ackIds: messages.map(({ ackId }) => ackId) });
  }

  modifyAckDeadline(seconds: number, ...messages: readonly Received[]): void {
    this.write({
      modifyDeadlineAckIds: messages.map(({ ackId }) => ackId),
      modifyDeadlineSeconds: messages.map(() => seconds),
    });
  }

  /** Says that no more requests follow. */
  halfClose(): void {
    this.#call.end();
  }

  /** @returns all that was received, as soon as that is so many messages. */
  async receives(count: number, withinMs = PATIENCE_MS): Promise<readonly Received[]> {
    await until(
      () => {
        if (this.received.length < count && this.#end) throw new Unmet(`the stream ended with ${this.#end}`);
        return this.received.length >= count ? true : undefined;
      },
      `message ${count} of the stream, after ${this.received.length}`,
      withinMs,
    );
    return this.received;
  }

  /** @throws Unmet where more than `count` messages have come when the time is over. */
  async receivesNoMoreThan(count: number, forMs = 500): Promise<void> {
    await elapsed(forMs);
    if (this.received.length > count) throw new Unmet(`${this.received.length} messages instead of ${count}`);
    if (this.#end) throw new Unmet(`the stream ended with ${this.#end}`);
  }

  /** @returns the first response of which `pick` makes something. */
  async response<T>(pick: (response: Response) => T | null | undefined, what: string): Promise<T> {
    return until(() => {
      for (const response of this.responses) {
        const picked = pick(response);
        if (picked !== null && picked !== undefined) return picked;
      }
      return undefined;
    }, what);
  }

  /** @returns the status that the server ended the stream with. */
  async ends(withinMs = PATIENCE_MS): Promise<Code> {
    return until(() => this.#end, 'the end of the stream', withinMs);
  }

  cancel(): void {
    this.#call.on('error', () => undefined);
    this.#call.cancel();
  }
}
