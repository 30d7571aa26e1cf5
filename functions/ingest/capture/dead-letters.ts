import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { deadLetterOf, type GivenUp, reducedDeadLetterOf } from '#shared/delivery/dead-letter.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import type { Publisher, PublishTarget } from '#shared/publishing/publisher.ts';
import type { CaptureRefused, RefusedMessage } from './capture.ts';

/** Events that were refused for good and could not be kept, for the log. */
export interface NotCaptured {
  readonly tenantId: TenantId;
  /** At most a hundred: more come in several of these. */
  readonly events: readonly { readonly eventId: string | undefined; readonly reason: string }[];
}

export interface DeadLettersOptions {
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly onNotCaptured: (lost: NotCaptured) => void;
}

const BATCHING: PublishTarget['batching'] = { maxMessages: 100, maxBytes: 1_048_576, maxMilliseconds: 1 };
/** The sender waits for it, and has its answer in any case. */
const DEADLINE_MS = 3_000;
const MAX_EVENTS_A_LINE = 100;
const MAX_REASON_CHARACTERS = 200;

/**
 * Keeps what Pub/Sub refused in the tenant's dead-letter topic: whole, or, where that is refused too, what fits. What is not
 * acknowledged there within three seconds is logged; it may have been kept nevertheless.
 */
export function createDeadLetters({ publisher, onNotCaptured }: DeadLettersOptions): CaptureRefused {
  return async (target, stream, refused) => {
    const sourceTopic = tenantNames(target.tenantId).topics[stream];
    const pending = new Set(refused);

    const publish = async (
      messages: readonly RefusedMessage[],
      form: typeof deadLetterOf,
    ): Promise<RefusedMessage[]> => {
      const letters = messages.map(({ message, reason }) => form(message, { reason, sourceTopic } satisfies GivenUp));
      const outcomes = await publisher.publish(
        { tenantId: target.tenantId, batching: BATCHING },
        'dead-letter',
        letters,
      );
      messages.forEach((message, index) => outcomes[index]?.status === 'accepted' && pending.delete(message));
      return messages.filter((_, index) => outcomes[index]?.status === 'refused');
    };
    const capture = async (): Promise<void> => {
      const tooMuch = await publish(refused, deadLetterOf);
      if (tooMuch.length > 0) await publish(tooMuch, reducedDeadLetterOf);
    };

    await withDeadline(capture(), DEADLINE_MS, 'keeping what was refused').catch(() => undefined);
    const events = [...pending].map(({ message, reason }) => ({
      eventId: message.attributes['event_id'],
      reason: reason.slice(0, MAX_REASON_CHARACTERS),
    }));
    for (let start = 0; start < events.length; start += MAX_EVENTS_A_LINE) {
      onNotCaptured({ tenantId: target.tenantId, events: events.slice(start, start + MAX_EVENTS_A_LINE) });
    }
  };
}
