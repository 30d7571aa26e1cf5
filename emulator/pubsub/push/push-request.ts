import type { PubsubMessage, PushConfig } from '../protocol/resources.ts';

/** Which delivery of which subscription a push is. */
export interface PushContext {
  /** `projects/{project}/subscriptions/{id}` */
  readonly subscription: string;
  /** 0 (left out) where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
}

export interface PushRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII, space and tab: what any HTTP implementation passes on unchanged. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;
/** Attributes of these names would break the request itself. */
const OWN_HEADERS = new Set([
  'authorization',
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
  'user-agent',
]);

/**
 * The HTTP request that delivers a message: wrapped in JSON, or its bare data with the rest in headers.
 * @see https://cloud.google.com/pubsub/docs/push#receive_push
 */
export function pushRequest(config: PushConfig, message: PubsubMessage, context: PushContext): PushRequest {
  return config.noWrapper
    ? unwrapped(message, context, config.noWrapper.writeMetadata ?? false)
    : wrapped(message, context);
}

function wrapped(message: PubsubMessage, { subscription, deliveryAttempt }: PushContext): PushRequest {
  const publishTime = new Date(message.publishTimeMs).toISOString();
  const envelope = {
    message: {
      ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
      ...(message.data.length > 0 && { data: message.data.toString('base64') }),
      messageId: message.messageId,
      message_id: message.messageId,
      ...(message.orderingKey && { orderingKey: message.orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription,
    ...(deliveryAttempt > 0 && { deliveryAttempt }),
  };
  return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(envelope)) };
}

function unwrapped(message: PubsubMessage, context: PushContext, writeMetadata: boolean): PushRequest {
  const { data: body } = message;
  if (!writeMetadata) return { headers: {}, body };
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(message.attributes)) {
    const name = key.toLowerCase();
    if (TOKEN.test(name) && FIELD_VALUE.test(value) && !OWN_HEADERS.has(name)) headers[name] = value;
  }
  headers['x-goog-pubsub-subscription-name'] = context.subscription;
  headers['x-goog-pubsub-message-id'] = message.messageId;
  headers['x-goog-pubsub-publish-time'] = new Date(message.publishTimeMs).toISOString();
  if (context.deliveryAttempt > 0) headers['x-goog-pubsub-delivery-attempt'] = String(context.deliveryAttempt);
  if (FIELD_VALUE.test(message.orderingKey) && message.orderingKey) {
    headers['x-goog-pubsub-ordering-key'] = message.orderingKey;
  }
  return { headers, body };
}
