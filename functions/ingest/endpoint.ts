import type { Scope } from '#shared/auth/scopes.ts';
import { type EncodeOptions, encodeEventMessage, encodeUserPropertiesMessage } from '#shared/events/messages.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import type { Validated } from '#shared/events/problems.ts';
import { type ReceiptContext, validateEvent, validateUserProperties } from '#shared/events/validate.ts';
import type { ProjectId } from '#shared/naming/project-id.ts';
import type { Stream } from '#shared/naming/tenant-names.ts';

/** An event or a change of properties: its id tells it apart within its project. */
export interface Identified {
  readonly id: string;
  readonly project_id?: ProjectId | undefined;
}

/** What one of the endpoints takes in, and where it puts it. */
export interface Endpoint<Item extends Identified> {
  readonly path: string;
  readonly scope: Scope;
  readonly stream: Stream;
  /** The member that holds the items where the body is an object: `{"events": […]}`. */
  readonly listName: string;
  /** Whether CloudEvents are taken, beside Headgate's own form. */
  readonly takesCloudEvents: boolean;
  readonly validate: (raw: unknown, context: ReceiptContext) => Validated<Item>;
  readonly encode: (item: Item, options: EncodeOptions) => StreamMessage;
}

function defineEndpoint<Item extends Identified>(endpoint: Endpoint<Item>): Endpoint<Item> {
  return endpoint;
}

export const EVENTS = defineEndpoint({
  path: '/v1/events',
  scope: 'events:write',
  stream: 'events',
  listName: 'events',
  takesCloudEvents: true,
  validate: validateEvent,
  encode: encodeEventMessage,
});

export const USER_PROPERTIES = defineEndpoint({
  path: '/v1/user-properties',
  scope: 'properties:write',
  stream: 'user-properties',
  listName: 'user_properties',
  takesCloudEvents: false,
  validate: validateUserProperties,
  encode: encodeUserPropertiesMessage,
});
