import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeApiKey } from '#shared/auth/api-key.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { anEvent } from '#test/stack/event.ts';
import { onboard } from '#test/stack/onboard.ts';
import { CLOSED, Connection } from '#test/wire/connection.ts';
import { bytesOf } from '#test/wire/request.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';
import { api, bearer, expectRefusal, JSON_TYPE, keyOf, postWith, world } from './world.ts';

const SENDERS = 100;
const PACE_MS = 250;
const MADE_UP_A_SECOND = (SENDERS * 1_000) / PACE_MS;
const CUSTOMERS = 11;
/** What who is new waits longer than who is known, who asks at the same time. */
const PROMISED_MS = 2_000;

/** Keys of tenants that nobody has sent anything for yet: no instance has met them. */
const newcomers: { readonly tenant: string; readonly apiKey: string }[] = [];
beforeAll(async () => {
  for (let index = 0; index < CUSTOMERS; index++) {
    const tenant = `newcomer-${index}`;
    newcomers.push({ tenant, apiKey: await onboard(world.controlUrl, tenant, { mode: 'open' }) });
  }
});

/** Sends keys that were made up, of the tenants that `claim` names, until `run` is over. @returns what they were answered */
async function during(claim: (index: number) => string, run: () => Promise<void>): Promise<WireResponse[]> {
  const answers: WireResponse[] = [];
  let made = 0;
  const over = new AbortController();
  /** One that waits for its answer before it sends again: where the machine is slow, they are fewer a second. */
  const send = async (first: number): Promise<void> => {
    let connection: Connection | undefined;
    await delay(first);
    for (
      let nextAtMs = performance.now();
      !over.signal.aborted;
      nextAtMs = Math.max(nextAtMs + PACE_MS, performance.now())
    ) {
      await delay(Math.max(0, nextAtMs - performance.now()));
      if (connection === undefined || connection.isClosed) connection = await Connection.open(api);
      const { key } = makeApiKey(TenantId.parse(claim(made++)));
      connection.write(bytesOf({ headers: [bearer(key), JSON_TYPE], body: JSON.stringify(anEvent()) }));
      const response = await connection.response();
      if (response !== CLOSED) answers.push(response);
    }
    connection?.close();
  };
  const sending = Array.from({ length: SENDERS }, (_, index) => send((index * PACE_MS) / SENDERS));
  try {
    await delay(1_000);
    await run();
  } finally {
    over.abort();
    await Promise.all(sending);
  }
  return answers;
}

describe(`${MADE_UP_A_SECOND} made-up keys a second`, () => {
  test('of ever other tenants: who is new to the instance is served two seconds after who is known, at most', async () => {
    const seen: (readonly [status: number, ofKnown: number, isSoon: boolean])[] = [];
    const timed = async (apiKey: string): Promise<readonly [status: number, tookMs: number]> => {
      const startedAt = performance.now();
      const { status } = await postWith(apiKey, anEvent({ id: `evt_witness_${randomUUID()}` }));
      return [status, performance.now() - startedAt];
    };
    const flood = await during(
      (index) => `made-up-${index}`,
      async () => {
        for (const { apiKey } of newcomers.slice(1)) {
          const [[status, tookMs], [known, knownMs]] = await Promise.all([timed(apiKey), timed(keyOf('acme'))]);
          seen.push([status, known, tookMs < knownMs + PROMISED_MS]);
          await delay(300);
        }
      },
    );
    expect(seen).toEqual(seen.map(() => [202, 202, true]));
    expect(flood.length).toBeGreaterThan(MADE_UP_A_SECOND);
    expect(new Set(flood.map(({ status }) => status))).not.toContain(500);
  });

  test('of one customer’s own tenant: who does as told is served', async () => {
    const [customer] = newcomers;
    const statuses: number[] = [];
    const flood = await during(
      () => customer?.tenant ?? '',
      async () => {
        for (let status = 0; status !== 202 && statuses.length < 10;) {
          const response = await postWith(customer?.apiKey ?? '', anEvent());
          ({ status } = response);
          statuses.push(status);
          await delay(Number(headerOf(response, 'retry-after') ?? 0) * 1_000);
        }
      },
    );
    expect(statuses.at(-1)).toBe(202);
    expect(statuses.length).toBeLessThanOrEqual(2);
    const shed = flood.filter(({ status }) => status === 429);
    expect(shed.length).toBeGreaterThan(MADE_UP_A_SECOND / 4);
    expectRefusal(shed[0]!, 429, 'too_many_unknown_credentials');
    expect(headerOf(shed[0]!, 'retry-after')).toBe('1');
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([401, 429]));
  });
});
