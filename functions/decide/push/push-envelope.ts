import { z } from 'zod';

/**
 * A wrapped push request. Unknown fields are ignored (`message_id` and `publish_time` repeat two of these).
 *
 * @see https://cloud.google.com/pubsub/docs/push#receive_push
 */
const PushRequest = z.object({
  message: z.object({
    data: z.string().default(''),
    attributes: z.record(z.string(), z.string()).default({}),
    messageId: z.string().min(1),
    publishTime: z.string().default(''),
    orderingKey: z.string().optional(),
  }),
  subscription: z.string().min(1),
  /** Only where the subscription has a dead-letter policy. */
  deliveryAttempt: z.int().min(1).optional(),
});

/** A message as Pub/Sub pushed it. */
export interface PushedMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly publishTime: string;
  readonly orderingKey: string | undefined;
  /** `projects/{project}/subscriptions/{subscription}` */
  readonly subscription: string;
  /** 1 where Pub/Sub does not count. */
  readonly deliveryAttempt: number;
}

/** The body is not a push request. `message` names the field. */
export class InvalidPushError extends Error {
  override readonly name = 'InvalidPushError';
}

/** @throws {InvalidPushError} */
export function parsePush(body: string): PushedMessage {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new InvalidPushError('the body is not JSON', { cause: error });
  }
  const parsed = PushRequest.safeParse(json);
  if (!parsed.success) throw new InvalidPushError(z.prettifyError(parsed.error));
  const { message, subscription, deliveryAttempt = 1 } = parsed.data;
  return {
    data: decodedBase64(message.data),
    attributes: message.attributes,
    messageId: message.messageId,
    publishTime: message.publishTime,
    orderingKey: message.orderingKey,
    subscription,
    deliveryAttempt,
  };
}

/** Decoding skips what is not base64: the length tells. To look at every character first takes longer than to decode them. */
function decodedBase64(text: string): Buffer {
  const data = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (data.length !== (text.length / 4) * 3 - padding) throw new InvalidPushError('message.data: must be base64');
  return data;
}
