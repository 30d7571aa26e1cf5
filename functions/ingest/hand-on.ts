import { messageKeyOf } from '#shared/events/message-key.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import type { ProjectId } from '#shared/naming/project-id.ts';
import type { Stream } from '#shared/naming/tenant-names.ts';
import type { PublishOutcome } from '#shared/publishing/outcome.ts';
import type { Publisher } from '#shared/publishing/publisher.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { CaptureRefused, RefusedMessage } from './capture/capture.ts';
import type { EventMarks } from './deduplication/event-marks.ts';

/** What became of one admitted item. */
export type ItemOutcome =
  | PublishOutcome
  /** An earlier request brought it, and Pub/Sub has it. */
  | { readonly status: 'duplicate' };

export interface HandOnDeps {
  readonly publisher: Publisher;
  readonly marks: EventMarks;
  readonly captureRefused: CaptureRefused;
}

const DUPLICATE: ItemOutcome = { status: 'duplicate' };

/**
 * Publishes what was admitted. Where the tenant asks for it, what came in an earlier request is left out, and what Pub/Sub
 * acknowledges is remembered; a mark is made only after the acknowledgement, so that dying in between duplicates an event
 * and never loses one. What Pub/Sub refuses for good is kept with its reason.
 *
 * @returns one outcome for each message, in order. Never throws.
 */
export async function handOn(
  settings: TenantSettings,
  stream: Stream,
  messages: readonly StreamMessage[],
  { publisher, marks, captureRefused }: HandOnDeps,
): Promise<ItemOutcome[]> {
  const remembers = settings.deduplication === '24h' && messages.length > 0;
  const keys = remembers ? messages.map((message) => keyOf(stream, message)) : [];
  const seen = remembers ? await marks.seen(settings.tenantId, keys) : undefined;
  const isNew = (_: unknown, index: number): boolean => !seen?.has(keys[index] ?? '');
  const fresh = seen === undefined || seen.size === 0 ? messages : messages.filter(isNew);
  const published = await publisher.publish(settings, stream, fresh);

  let next = 0;
  const outcomes =
    fresh === messages ? published : messages.map((_, i) => (isNew(_, i) ? published[next++] : DUPLICATE));
  const refused: RefusedMessage[] = [];
  const accepted: string[] = [];
  outcomes.forEach((outcome, index) => {
    const message = messages[index];
    if (outcome?.status === 'refused' && message !== undefined) refused.push({ message, reason: outcome.reason });
    else if (remembers && outcome?.status === 'accepted') accepted.push(keys[index] ?? '');
  });
  await Promise.all([
    refused.length > 0 ? captureRefused(settings, stream, refused) : undefined,
    accepted.length > 0 ? marks.mark(settings.tenantId, accepted) : undefined,
  ]);
  return outcomes as ItemOutcome[];
}

function keyOf(stream: Stream, { attributes }: StreamMessage): string {
  return messageKeyOf(stream, attributes['event_id'] ?? '', attributes['project_id'] as ProjectId | undefined);
}
