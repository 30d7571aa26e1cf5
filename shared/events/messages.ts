import type { z } from 'zod';
import { Decision } from './decision.ts';
import { EventEnvelope } from './event-envelope.ts';
import { describeIssues, reasonOf } from './problems.ts';
import { UserProperties } from './user-properties.ts';

/** What a Pub/Sub message is made of; fits `PubsubMessage` of `@google-cloud/pubsub`. */
export interface StreamMessage {
  /** UTF-8 JSON. */
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
  readonly orderingKey?: string;
}

/** What goes with a message beyond what it says. */
export interface EncodeOptions {
  /** The tenant asked for ordering: messages of one subject are delivered in the order of publishing. */
  readonly ordering?: boolean;
  /** W3C trace context of the request, validated; Google's clients read it back from `googclient_traceparent`. */
  readonly traceparent?: string | undefined;
}

/** The message is not what its topic carries. `message` says why, by field; it can never succeed. */
export class MessageDecodeError extends Error {
  override readonly name = 'MessageDecodeError';
}

const TRACEPARENT_ATTRIBUTE = 'googclient_traceparent';

/** An event as a message of the `events` topic. Its attributes are what can be filtered by without parsing. */
export function encodeEventMessage(event: EventEnvelope, options: EncodeOptions = {}): StreamMessage {
  const attributes: Record<string, string> = {
    event_id: event.id,
    type: event.type,
    version: event.version,
    tenant_id: event.tenant_id,
    subject: event.subject,
    received_at: event.received_at,
  };
  if (event.correlation_id !== undefined) attributes['correlation_id'] = event.correlation_id;
  if (event.project_id !== undefined) attributes['project_id'] = event.project_id;
  return encode(event, attributes, options);
}

/**
 * Reads the event from a message. Fields of a newer release are kept.
 *
 * @throws MessageDecodeError naming the field that is wrong.
 */
export function decodeEventMessage(message: { readonly data: Uint8Array }): EventEnvelope {
  return decode(EventEnvelope, message.data);
}

/** A change of properties as a message of the `user-properties` topic. */
export function encodeUserPropertiesMessage(change: UserProperties, options: EncodeOptions = {}): StreamMessage {
  const attributes: Record<string, string> = {
    event_id: change.id,
    tenant_id: change.tenant_id,
    subject: change.subject,
    received_at: change.received_at,
  };
  if (change.project_id !== undefined) attributes['project_id'] = change.project_id;
  return encode(change, attributes, options);
}

/**
 * Reads the change of properties from a message. Fields of a newer release are kept.
 *
 * @throws MessageDecodeError naming the field that is wrong.
 */
export function decodeUserPropertiesMessage(message: { readonly data: Uint8Array }): UserProperties {
  return decode(UserProperties, message.data);
}

/** A decision as a message of the `decisions` topic. */
export function encodeDecisionMessage(decision: Decision, options: EncodeOptions = {}): StreamMessage {
  const attributes: Record<string, string> = {
    decision_id: decision.id,
    tenant_id: decision.tenant_id,
    rule: decision.rule,
    subject: decision.subject,
    event_id: decision.event_id,
  };
  if (decision.project_id !== undefined) attributes['project_id'] = decision.project_id;
  return encode(decision, attributes, options);
}

/**
 * Reads the decision from a message. Fields of a newer release are kept.
 *
 * @throws MessageDecodeError naming the field that is wrong.
 */
export function decodeDecisionMessage(message: { readonly data: Uint8Array }): Decision {
  return decode(Decision, message.data);
}

function encode(
  content: { readonly subject: string },
  attributes: Record<string, string>,
  { ordering = false, traceparent }: EncodeOptions,
): StreamMessage {
  if (traceparent !== undefined) attributes[TRACEPARENT_ATTRIBUTE] = traceparent;
  const data = Buffer.from(JSON.stringify(content));
  return ordering ? { data, attributes, orderingKey: content.subject } : { data, attributes };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode<Content>(schema: z.ZodType<Content>, data: Uint8Array): Content {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(data));
  } catch (error) {
    throw new MessageDecodeError(error instanceof SyntaxError ? 'data: not JSON' : 'data: not UTF-8', { cause: error });
  }
  const parsed = schema.safeParse(json, { error: reasonOf });
  if (!parsed.success) throw new MessageDecodeError(describeIssues(parsed.error));
  return parsed.data;
}
