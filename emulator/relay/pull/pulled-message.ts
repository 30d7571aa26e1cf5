import type { protos } from '@google-cloud/pubsub';
import { toMs } from '#emulator/pubsub/protocol/duration.ts';
import type { PubsubMessage } from '#emulator/pubsub/protocol/resources.ts';

/** One delivery of a message by the server that is pulled from. */
export interface PulledMessage {
  readonly ackId: string;
  readonly message: PubsubMessage;
  /** 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
}

type ReceivedMessage = protos.google.pubsub.v1.IReceivedMessage;

/** What Google's client makes of the protocol, with nothing left open. */
export function toPulledMessage({ ackId, message, deliveryAttempt }: ReceivedMessage): PulledMessage {
  const { data, attributes, messageId, publishTime, orderingKey } = message ?? {};
  return {
    ackId: ackId ?? '',
    deliveryAttempt: deliveryAttempt ?? 0,
    message: {
      data: typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.from(data ?? []),
      attributes: attributes ?? {},
      messageId: messageId ?? '',
      publishTimeMs: toMs({ seconds: Number(publishTime?.seconds ?? 0), nanos: publishTime?.nanos ?? 0 }),
      orderingKey: orderingKey ?? '',
    },
  };
}
