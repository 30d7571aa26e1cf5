import type { EncodeOptions, StreamMessage } from '#shared/events/messages.ts';
import { messageKeyOf } from '#shared/events/message-key.ts';
import { type EventError, refusal, type Validated } from '#shared/events/problems.ts';
import type { ReceiptContext } from '#shared/events/validate.ts';
import { parseTraceparent } from '#shared/telemetry/trace-context.ts';
import type { Endpoint, Identified } from './endpoint.ts';
import type { Inexact } from './content/inexact.ts';
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

/** What is worked on in one go: so many items, or what is stored in so many bytes. */
const SLICE_ITEMS = 100;
const SLICE_BYTES = 100_000;

/** What is the same for all items of a request. */
interface Admitting<Item extends Identified> {
  readonly endpoint: Endpoint<Item>;
  readonly context: ReceiptContext;
  readonly encoding: EncodeOptions;
  readonly limits: Limits;
  /** Makes the ids of items that came without one. Default: UUIDs. */
  readonly ids?: IdsByPlace | undefined;
}

/**
 * Parses a request's items, as far as that is yet to be done, and decides about each on its own, a hundred at a time: yields how much
 * it will do next (as `Entry.turn` has it), so that others may have their turn before. Pure but for the ids it makes.
 *
 * @throws Refusal `malformed_json`, `invalid_body`, of what is parsed only here.
 */
export function* admit<Item extends Identified>(
  { count, batches }: Pick<Received, 'count' | 'batches'>,
  admitting: Admitting<Item>,
): Generator<number, Admission> {
  const admission: Admission = { messages: [], results: [], ids: [], duplicates: new Map() };
  const messageOfKey = count > 1 ? new Map<string, number>() : undefined;
  for (const { units, parse } of batches) {
    if (units > 0) yield units;
    const { items, inexact } = parse();
    let slice = { items: 0, bytes: 0 };
    for (const [place, item] of items.entries()) {
      if (slice.items === 0) yield Math.max(Math.min(SLICE_ITEMS, items.length - place), place === 0 ? units : 0);
      slice.items++;
      slice.bytes += admitOne(item, inexact.get(place), admission, messageOfKey, admitting);
      if (slice.items === SLICE_ITEMS || slice.bytes > SLICE_BYTES) slice = { items: 0, bytes: 0 };
    }
  }
  return admission;
}

/** Decides about the next item. @returns how many bytes are to be stored of it */
function admitOne<Item extends Identified>(
  received: unknown,
  inexact: Inexact | undefined,
  admission: Admission,
  messageOfKey: Map<string, number> | undefined,
  { endpoint, context, encoding, limits: { maxEventBytes }, ids }: Admitting<Item>,
): number {
  const { results, messages } = admission;
  const index = results.length;
  const reject = (id: string | undefined, error: EventError): number => {
    results.push({ id, status: 'rejected', error });
    return 0;
  };
  if (received instanceof UnreadableItem) return reject(received.id, received.error);
  const translation = received instanceof TranslatedItem ? received : undefined;
  const item = translation === undefined ? received : translation.item;
  const itemContext = ids === undefined ? context : { ...context, makeId: ids(index) };
  const validated = refusalOfInexact(inexact ?? translation?.inexact) ?? endpoint.validate(item, itemContext);
  if (!validated.ok) return reject(idIn(item), translation?.inSendersWords(validated.error) ?? validated.error);
  const { id, project_id: projectId } = validated.value;
  const key = messageKeyOf(endpoint.stream, id, projectId);
  const earlier = messageOfKey?.get(key);
  if (earlier !== undefined) {
    admission.duplicates.set(index, earlier);
    results.push(undefined);
    return 0;
  }
  const message = endpoint.encode(validated.value, encodingOf(translation, encoding));
  const { length } = message.data;
  if (length > maxEventBytes) {
    return reject(id, refusal('event_too_large', '', `${length} bytes; at most ${maxEventBytes} are allowed`).error);
  }
  messageOfKey?.set(key, messages.length);
  results.push(undefined);
  messages.push(message);
  admission.ids.push(id);
  return length;
}

/** The trace of the request stands over that which the event itself carries: it is what leads here. */
function encodingOf(translation: TranslatedItem | undefined, encoding: EncodeOptions): EncodeOptions {
  if (translation?.traceparent === undefined || encoding.traceparent !== undefined) return encoding;
  return { ...encoding, traceparent: parseTraceparent(translation.traceparent) };
}

function refusalOfInexact(inexact: Inexact | undefined): Validated<never> | undefined {
  return inexact === undefined ? undefined : refusal('invalid_event', inexact.path, inexact.reason);
}

/** The id that a rejected item claims, so that its sender can tell which it was. */
function idIn(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  return typeof item.id === 'string' && item.id.length <= 256 ? item.id : undefined;
}
