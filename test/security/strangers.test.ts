import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeApiKey } from '#shared/auth/api-key.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { anEvent } from '#test/stack/event.ts';
import { onboard } from '#test/stack/onboard.ts';
import { CLOSED, Connection } from '#test/wire/connection.ts';
import { bytesOf } from '#test/wire/request.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';
import { api, bearer, expectRefusal, JSON_TYPE, keyOf, postWith, world } from './world.ts';

/** Each sends as soon as it is answered. */
const SENDERS = 100;
/** More than the instance looks up at once after a pause, of all tenants or of one. */
const UNDER_WAY = 600;
const CUSTOMERS = 11;

/** Keys of tenants that nobody has sent anything for yet: no instance has met them. */
const newcomers: { readonly tenant: string; readonly apiKey: string }[] = [];
beforeAll(async () => {
  for (let index = 0; index < CUSTOMERS; index++) {
    const tenant = `newcomer-${index}`;
    newcomers.push({ tenant, apiKey: await onboard(world.controlUrl, tenant, { mode: 'open' }) });
  }
});

/**
 * Sends keys that were made up, of the tenants that `claim` names, until `run` is over, which begins when the flood is under
 * way. @returns what they were answered
 */
async function during(claim: (index: number) => string, run: () => Promise<void>): Promise<WireResponse[]> {
  const answers: WireResponse[] = [];
  const underWay = Promise.withResolvers<void>();
  let made = 0;
  const over = new AbortController();
  const send = async (): Promise<void> => {
    let connection: Connection | undefined;
    while (!over.signal.aborted) {
      if (connection === undefined || connection.isClosed) connection = await Connection.open(api);
      const { key } = makeApiKey(TenantId.parse(claim(made++)));
      connection.write(bytesOf({ headers: [bearer(key), JSON_TYPE], body: JSON.stringify(anEvent()) }));
      const response = await connection.response();
      if (response !== CLOSED) answers.push(response);
      if (answers.length === UNDER_WAY) underWay.resolve();
    }
    connection?.close();
  };
  const sending = Array.from({ length: SENDERS }, send);
  try {
    await underWay.promise;
    await run();
  } finally {
    over.abort();
    await Promise.all(sending);
  }
  return answers;
}

/** What somebody is answered who sends the same again where it is told to: three times at most. */
async function insisting(apiKey: string): Promise<number[]> {
  const statuses: number[] = [];
  do {
    const response = await postWith(apiKey, anEvent({ id: `evt_witness_${randomUUID()}` }));
    statuses.push(response.status);
    if (headerOf(response, 'retry-after') === undefined) break;
  } while (statuses.length < 3);
  return statuses;
}

// How long they wait: shared/auth/lookups/lookups.test.ts, by a clock of its own.
describe('made-up keys, as many as are answered', () => {
  test('of ever other tenants: who is known is served at once, and who is new at the second attempt at the latest', async () => {
    const flood = await during(
      (index) => `made-up-${index}`,
      async () => {
        for (const { apiKey } of newcomers.slice(1)) {
          const [ofNew, ofKnown] = await Promise.all([insisting(apiKey), insisting(keyOf('acme'))]);
          expect(ofKnown).toEqual([202]);
          expect(ofNew.at(-1)).toBe(202);
          expect(ofNew.length).toBeLessThanOrEqual(2);
        }
      },
    );
    for (const { status } of flood) expect([401, 429, 503]).toContain(status);
  });

  test('of one customer’s own tenant: who does as told is served', async () => {
    const [customer] = newcomers;
    const flood = await during(
      () => customer?.tenant ?? '',
      async () => {
        const statuses = await insisting(customer?.apiKey ?? '');
        expect(statuses.at(-1)).toBe(202);
        expect(statuses.length).toBeLessThanOrEqual(2);
      },
    );
    const [shed] = flood.filter(({ status }) => status === 429);
    expectRefusal(shed!, 429, 'too_many_unknown_credentials');
    expect(headerOf(shed!, 'retry-after')).toBe('1');
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([401, 429]));
  });
});
