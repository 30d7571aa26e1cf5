import type { EncodeOptions, StreamMessage } from '#shared/events/messages.ts';
import { messageKeyOf } from '#shared/events/message-key.ts';
import { refusal, type Validated } from '#shared/events/problems.ts';
import type { ReceiptContext } from '#shared/events/validate.ts';
import { parseTraceparent } from '#shared/telemetry/trace-context.ts';
import type { Endpoint, Identified } from './endpoint.ts';
import { findInexact, type InexactValues } from './content/exact-json.ts';
import { type Received, TranslatedItem, UnreadableItem } from './content/received.ts';
import type { IdsByPlace } from './idempotency/idempotency-key.ts';
import type { Limits } from './limits.ts';
import type { EventResult } from './results.ts';

/** What is to be published of a request, and what is known already about the rest. */
export interface Admission {
  readonly messages: StreamMessage[];
  /** One for each item of the request, in order; undefined where it depends on Pub/Sub. */
  readonly results: (EventResult | undefined)[];
  /** Ids of the admitted items, in the order of `messages`. */
  readonly ids: string[];
  /** Of each item that repeats an earlier one's id, where it is in the request, the index of that one's message. */
  readonly duplicates: Map<number, number>;
}

/** Items that are worked on in one go. */
const SLICE_ITEMS = 100;

/**
 * Decides about each item on its own, a hundred at a time: yields how many it will work on next, so that others may have
 * their turn before. Pure but for the ids it makes.
 *
 * @param ids of items that came without one. Default: of UUIDs.
 */
export function* admit<Item extends Identified>(
  { items, inexact }: Pick<Received, 'items' | 'inexact'>,
  endpoint: Endpoint<Item>,
  context: ReceiptContext,
  encoding: EncodeOptions,
  { maxEventBytes }: Limits,
  ids?: IdsByPlace,
): Generator<number, Admission> {
  const admission: Admission = { messages: [], results: [], ids: [], duplicates: new Map() };
  const messageOfKey = items.length > 1 ? new Map<string, number>() : undefined;
  for (const received of items) {
    const index = admission.results.length;
    if (index % SLICE_ITEMS === 0) yield Math.min(SLICE_ITEMS, items.length - index);
    if (received instanceof UnreadableItem) {
      admission.results.push({ id: received.id, status: 'rejected', error: received.error });
      continue;
    }
    const translation = received instanceof TranslatedItem ? received : undefined;
    const item = translation === undefined ? received : translation.item;
    const itemContext = ids === undefined ? context : { ...context, makeId: ids(index) };
    const validated = refusalOfInexact(item, inexact) ?? endpoint.validate(item, itemContext);
    if (!validated.ok) {
      const error = translation?.inSendersWords(validated.error) ?? validated.error;
      admission.results.push({ id: idIn(item), status: 'rejected', error });
      continue;
    }
    const { id, project_id: projectId } = validated.value;
    const key = messageKeyOf(endpoint.stream, id, projectId);
    const earlier = messageOfKey?.get(key);
    if (earlier !== undefined) {
      admission.duplicates.set(index, earlier);
      admission.results.push(undefined);
      continue;
    }
    const message = endpoint.encode(validated.value, encodingOf(translation, encoding));
    if (message.data.length > maxEventBytes) {
      const { error } = refusal(
        'event_too_large',
        '',
        `${message.data.length} bytes; at most ${maxEventBytes} are allowed`,
      );
      admission.results.push({ id, status: 'rejected', error });
      continue;
    }
    messageOfKey?.set(key, admission.messages.length);
    admission.results.push(undefined);
    admission.messages.push(message);
    admission.ids.push(id);
  }
  return admission;
}

/** The trace of the request stands over that which the event itself carries: it is what leads here. */
function encodingOf(translation: TranslatedItem | undefined, encoding: EncodeOptions): EncodeOptions {
  if (translation?.traceparent === undefined || encoding.traceparent !== undefined) return encoding;
  return { ...encoding, traceparent: parseTraceparent(translation.traceparent) };
}

function refusalOfInexact(item: unknown, inexact: InexactValues): Validated<never> | undefined {
  const found = findInexact(item, inexact);
  return found === undefined ? undefined : refusal('invalid_event', found.path, found.reason);
}

/** The id that a rejected item claims, so that its sender can tell which it was. */
function idIn(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  return typeof item.id === 'string' && item.id.length <= 256 ? item.id : undefined;
}
