import type { protos } from '@google-cloud/pubsub';

/** A received message, with what the protocol leaves out filled in. */
export interface Received {
  readonly ackId: string;
  readonly messageId: string;
  readonly data: string;
  readonly bytes: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
  /** When the server says it was published, in milliseconds. */
  readonly publishTimeMs: number;
  readonly deliveryAttempt: number;
}

export function toReceived({ ackId, message, deliveryAttempt }: protos.google.pubsub.v1.IReceivedMessage): Received {
  const { data, attributes, messageId, orderingKey, publishTime } = message ?? {};
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.from(data ?? []);
  return {
    ackId: ackId ?? '',
    messageId: messageId ?? '',
    data: bytes.toString(),
    bytes,
    attributes: { ...attributes },
    orderingKey: orderingKey ?? '',
    publishTimeMs: Number(publishTime?.seconds ?? 0) * 1000 + (publishTime?.nanos ?? 0) / 1e6,
    deliveryAttempt: deliveryAttempt ?? 0,
  };
}

export const dataOf = (received: readonly Received[]): string[] => received.map(({ data }) => data);

export const ackIdsOf = (received: readonly Received[]): string[] => received.map(({ ackId }) => ackId);
