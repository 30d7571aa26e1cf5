import { Refusal } from '#shared/errors/refusals.ts';

/**
 * Requires a request to bring something, and not too much.
 *
 * @throws Refusal `invalid_body`, `too_many_events`
 */
export function requireCount(count: number, maxEvents: number): void {
  if (count === 0) throw new Refusal('invalid_body', { detail: 'There is nothing in the body.' });
  if (count > maxEvents) {
    throw new Refusal('too_many_events', { detail: `A request has at most ${maxEvents}; this one has more.` });
  }
}
