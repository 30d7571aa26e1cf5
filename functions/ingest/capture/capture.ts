import type { StreamMessage } from '#shared/events/messages.ts';
import type { Stream } from '#shared/naming/tenant-names.ts';
import type { PublishTarget } from '#shared/publishing/publisher.ts';

/** A message that Pub/Sub refused for good. */
export interface RefusedMessage {
  readonly message: StreamMessage;
  readonly reason: string;
}

/**
 * Keeps what Pub/Sub refused for good where it can be found: in the tenant's dead-letter topic, and so in `failed_events`.
 * Never rejects: what cannot be kept is logged, with its id and reason.
 */
export type CaptureRefused = (
  target: PublishTarget,
  stream: Stream,
  refused: readonly RefusedMessage[],
) => Promise<void>;
