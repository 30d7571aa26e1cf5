import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeApiKey } from '#shared/auth/api-key.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { anEvent } from '#test/stack/event.ts';
import { onboard } from '#test/stack/onboard.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';
import { expectRefusal, keyOf, postWith, world } from './world.ts';

const MADE_UP_A_SECOND = 400;
const TICK_MS = 10;
const CUSTOMERS = 11;
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
  const answers: Promise<WireResponse>[] = [];
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * MADE_UP_A_SECOND) / 1_000;
    while (answers.length < due) {
      answers.push(postWith(makeApiKey(TenantId.parse(claim(answers.length))).key, anEvent()));
    }
  }, TICK_MS);
  try {
    await delay(1_000);
    await run();
  } finally {
    clearInterval(timer);
  }
  return Promise.all(answers);
}

describe('400 made-up keys a second', () => {
  test('of ever other tenants: who is new to the instance is served within two seconds, and so is who is known', async () => {
    const seen: (readonly [number, boolean])[] = [];
    const flood = await during(
      (index) => `made-up-${index}`,
      async () => {
        for (const { apiKey } of [...newcomers.slice(1), { apiKey: keyOf('acme') }]) {
          const startedAt = performance.now();
          const { status } = await postWith(apiKey, anEvent({ id: `evt_witness_${seen.length}` }));
          seen.push([status, performance.now() - startedAt < PROMISED_MS]);
          await delay(300);
        }
      },
    );
    expect(seen).toEqual(seen.map(() => [202, true]));
    expect(flood.length).toBeGreaterThan(MADE_UP_A_SECOND * 3);
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
