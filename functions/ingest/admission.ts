import type { EncodeOptions, StreamMessage } from '#shared/events/messages.ts';
import { refusal, type Validated } from '#shared/events/problems.ts';
import type { ReceiptContext } from '#shared/events/validate.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { Endpoint } from './endpoint.ts';
import { type ExactJson, pathOfInexact } from './exact-json.ts';
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

/**
 * The items of a parsed body: one, an array, or an object whose member `listName` is the array.
 *
 * @throws Refusal `invalid_body`, `too_many_events`.
 */
export function itemsOf(json: unknown, listName: string, maxEvents: number): readonly unknown[] {
  if (typeof json !== 'object' || json === null) {
    throw new Refusal('invalid_body', { detail: `Send an object, an array of objects, or {"${listName}": […]}.` });
  }
  const list = Array.isArray(json) ? json : Object.hasOwn(json, listName) ? listOf(json, listName) : [json];
  if (list.length === 0) throw new Refusal('invalid_body', { detail: 'There is nothing in the body.' });
  if (list.length > maxEvents) {
    throw new Refusal('too_many_events', {
      detail: `A request has at most ${maxEvents}; this one has ${list.length}.`,
    });
  }
  return list;
}

function listOf(json: object, listName: string): readonly unknown[] {
  const list = (json as Record<string, unknown>)[listName];
  if (!Array.isArray(list)) {
    throw new Refusal('invalid_body', { detail: `${listName}: must be an array`, members: { path: listName } });
  }
  const other = Object.keys(json).find((name) => name !== listName);
  if (other !== undefined) {
    throw new Refusal('invalid_body', {
      detail: `${other}: unknown field beside ${listName}`,
      members: { path: other },
    });
  }
  return list as unknown[];
}

/**
 * Decides about each item on its own. Pure but for the ids it makes.
 *
 * @param inexact what the body has of numbers that would be stored as others
 */
export function admit<Item extends { readonly id: string }>(
  items: readonly unknown[],
  inexact: ExactJson['inexact'],
  endpoint: Endpoint<Item>,
  context: ReceiptContext,
  encoding: EncodeOptions,
  { maxEventBytes }: Limits,
): Admission {
  const admission: Admission = { messages: [], results: [], ids: [], duplicates: new Map() };
  const messageOfId = items.length > 1 ? new Map<string, number>() : undefined;
  for (const item of items) {
    const validated = refusalOfNumbers(item, inexact) ?? endpoint.validate(item, context);
    if (!validated.ok) {
      admission.results.push({ id: idIn(item), status: 'rejected', error: validated.error });
      continue;
    }
    const { id } = validated.value;
    const earlier = messageOfId?.get(id);
    if (earlier !== undefined) {
      admission.duplicates.set(admission.results.length, earlier);
      admission.results.push(undefined);
      continue;
    }
    const message = endpoint.encode(validated.value, encoding);
    if (message.data.length > maxEventBytes) {
      const { error } = refusal(
        'event_too_large',
        '',
        `${message.data.length} bytes; at most ${maxEventBytes} are allowed`,
      );
      admission.results.push({ id, status: 'rejected', error });
      continue;
    }
    messageOfId?.set(id, admission.messages.length);
    admission.results.push(undefined);
    admission.messages.push(message);
    admission.ids.push(id);
  }
  return admission;
}

function refusalOfNumbers(item: unknown, inexact: ExactJson['inexact']): Validated<never> | undefined {
  const path = pathOfInexact(item, inexact);
  if (path === undefined) return undefined;
  return refusal('invalid_event', path, 'a number that cannot be represented exactly; send it as a string');
}

/** The id that a rejected item claims, so that its sender can tell which it was. */
function idIn(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  return typeof item.id === 'string' && item.id.length <= 256 ? item.id : undefined;
}
