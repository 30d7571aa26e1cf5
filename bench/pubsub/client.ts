import { Client, type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { loadDescriptors } from '#emulator/pubsub/protocol/descriptors.ts';

const TIMEOUT_MS = 30_000;
const STREAM_ACK_DEADLINE_SECONDS = 60;
/** What Google's client libraries allow themselves by default. */
const MAX_OUTSTANDING_MESSAGES = 1000;

const descriptors = loadDescriptors();
const typeOf = (name: string) => descriptors.lookupType(`google.pubsub.v1.${name}`);
const publishRequest = typeOf('PublishRequest');
const publishResponse = typeOf('PublishResponse');
const streamingPullRequest = typeOf('StreamingPullRequest');
const streamingPullResponse = typeOf('StreamingPullResponse');

const identity = (bytes: Buffer): Buffer => bytes;

/** What is looked at of a `google.pubsub.v1.ReceivedMessage`. */
interface Received {
  readonly ackId: string;
  readonly message: { readonly data: Uint8Array };
}

/**
 * The protocol, with as little on top of it as there can be: at these rates, a client library would be what is measured.
 * Every call has a deadline.
 */
export class PubSubClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
    });
  }

  async createTopic(name: string): Promise<void> {
    await this.#call('Publisher', 'CreateTopic', encode('Topic', { name }));
  }

  async createSubscription(name: string, topic: string, pushEndpoint?: string): Promise<void> {
    const pushConfig = pushEndpoint === undefined ? {} : { pushConfig: { pushEndpoint } };
    await this.#call('Subscriber', 'CreateSubscription', encode('Subscription', { name, topic, ...pushConfig }));
  }

  /** Its messages are gone with it. */
  async deleteSubscription(subscription: string): Promise<void> {
    await this.#call('Subscriber', 'DeleteSubscription', encode('DeleteSubscriptionRequest', { subscription }));
  }

  /** @returns how many messages the server has taken. */
  async publish(request: Buffer): Promise<number> {
    const response = publishResponse.decode(await this.#call('Publisher', 'Publish', request));
    return (response as unknown as { messageIds: string[] }).messageIds.length;
  }

  /**
   * Opens a stream and acknowledges all that it brings, at once.
   *
   * @returns what ends it.
   */
  streamingPull(
    subscription: string,
    onMessages: (messages: readonly Received[]) => void,
    onError: (error: Error) => void,
  ): () => void {
    const stream: ClientDuplexStream<Buffer, Buffer> = this.#client.makeBidiStreamRequest(
      '/google.pubsub.v1.Subscriber/StreamingPull',
      identity,
      identity,
    );
    let ended = false;
    stream.on('error', (error) => {
      if (!ended) onError(error);
    });
    stream.on('data', (bytes: Buffer) => {
      const response = streamingPullResponse.decode(bytes) as unknown as { receivedMessages: Received[] };
      const { receivedMessages } = response;
      if (receivedMessages.length === 0) return;
      const ackIds = receivedMessages.map(({ ackId }) => ackId);
      stream.write(streamingPullRequest.encode({ ackIds }).finish() as Buffer);
      onMessages(receivedMessages);
    });
    const first = {
      subscription,
      streamAckDeadlineSeconds: STREAM_ACK_DEADLINE_SECONDS,
      maxOutstandingMessages: MAX_OUTSTANDING_MESSAGES,
    };
    stream.write(streamingPullRequest.encode(first).finish() as Buffer);
    return () => {
      ended = true;
      stream.cancel();
    };
  }

  close(): void {
    this.#client.close();
  }

  #call(service: string, method: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: Buffer): void => {
        if (error || !response) reject(error ?? new Error(`${method} answered nothing`));
        else resolve(response);
      };
      const path = `/google.pubsub.v1.${service}/${method}`;
      this.#client.makeUnaryRequest(path, identity, identity, request, { deadline: Date.now() + TIMEOUT_MS }, done);
    });
  }
}

/** An encoded `google.pubsub.v1.PublishRequest`. */
export function encodePublishRequest(topic: string, data: readonly Buffer[]): Buffer {
  return publishRequest.encode({ topic, messages: data.map((bytes) => ({ data: bytes })) }).finish() as Buffer;
}

function encode(type: string, message: object): Buffer {
  return typeOf(type).encode(message).finish() as Buffer;
}
