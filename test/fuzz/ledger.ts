import { z } from 'zod';
import type { Published } from '#test/taps/taps.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';

const Results = z.object({ results: z.array(z.looseObject({ id: z.string().optional(), status: z.string() })) });

/** A change may be as large as an event, and a profile holds less: that is known only where the profile is. */
const BEYOND_A_PROFILE = /^properties: would (?:take|hold) /;

/** Remembers which events were answered `accepted`, and holds that against what is in Pub/Sub. */
export class Ledger {
  /** How often each was accepted, by tenant and id. */
  readonly #accepted = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @returns how many of its events an answer calls accepted. */
  record(tenant: string, response: WireResponse): number {
    if (response.status !== 202 || headerOf(response, 'idempotent-replayed') !== undefined) return 0;
    const { results } = Results.parse(JSON.parse(response.body));
    let accepted = 0;
    for (const { id, status } of results) {
      if (status !== 'accepted') continue;
      const key = keyOf(tenant, id ?? '');
      this.#accepted.set(key, (this.#accepted.get(key) ?? 0) + 1);
      accepted++;
    }
    this.#total += accepted;
    return accepted;
  }

  /**
   * What is wrong with what was published to the topics of what customers send.
   *
   * @param unanswered how many requests got no answer, of whose events nobody knows: so many may be there besides.
   */
  faultsOf(published: readonly Published[], unanswered: number): string[] {
    const faults: string[] = [];
    const missing = new Map(this.#accepted);
    let besides = 0;
    for (const { topic, attributes } of published) {
      const tenant = topic.slice(0, topic.indexOf('.'));
      if (topic.endsWith('.dead-letter')) {
        if (!BEYOND_A_PROFILE.test(attributes['reason'] ?? ''))
          faults.push(`dead-lettered: ${topic} ${JSON.stringify(attributes)}`);
      } else if (attributes['tenant_id'] !== tenant) faults.push(`${topic}: tenant_id is ${attributes['tenant_id']}`);
      else if (/\.(?:events|user-properties)$/.test(topic)) {
        const key = keyOf(tenant, attributes['event_id'] ?? '');
        const left = missing.get(key) ?? 0;
        if (left === 0) besides++;
        if (left === 1) missing.delete(key);
        else if (left > 1) missing.set(key, left - 1);
      }
    }
    if (besides > unanswered) faults.push(`${besides} events were published that nobody was told were accepted`);
    for (const key of missing.keys()) faults.push(`accepted, and not published: ${key}`);
    return faults;
  }
}

function keyOf(tenant: string, id: string): string {
  return `${tenant} ${id}`;
}
