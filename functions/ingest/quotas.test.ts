import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTenantGate } from '#shared/limits/gate.ts';
import type { Amounts } from '#shared/limits/meters.ts';
import type { TenantGate } from '#shared/limits/tenant-gate.ts';
import { EVENT, setUp } from './fixtures.ts';

/** A gate that tells what each request was charged, and what of it counts against the quotas. */
function watchedGate() {
  const charged: Amounts[] = [];
  const accepted: Amounts[] = [];
  const gate = createTenantGate({
    settle: async () => undefined,
    instanceId: 'i1',
    bounds: { requests: 100, bodyBytes: 100_000_000 },
    maxBodyBytes: 10_000_000,
  });
  const watched: TenantGate = {
    ...gate,
    enter: (settings, request) => {
      const entry = gate.enter(settings, request);
      return {
        charge: (amounts) => {
          charged.push(amounts);
          entry.charge(amounts);
        },
        turn: (events) => entry.turn(events),
        received: (bodyBytes) => entry.received(bodyBytes),
        headers: () => entry.headers(),
        leave: (outcome, amounts) => {
          accepted.push(amounts);
          entry.leave(outcome, amounts);
        },
      };
    },
  };
  return { gate: watched, charged, accepted };
}

const other = { ...EVENT, id: 'evt_2', data: { text: 'x'.repeat(1_000) } };

test.each<[string, unknown[], number]>([
  ['an event', [EVENT], 1],
  ['two', [EVENT, other], 2],
  ['one and its repetition', [EVENT, EVENT], 1],
  ['one that is invalid beside one that is not', [{}, EVENT], 1],
  ['nothing valid', [{}], 0],
])('%s: the rate counts the body, the quotas what is stored of it', async (_name, events, stored) => {
  const { gate, charged, accepted } = watchedGate();
  const { post, published } = setUp({ deps: { gate } });
  await post(events);
  const messages = published.flatMap((each) => each.messages);
  expect(messages).toHaveLength(stored);
  expect(charged).toEqual([{ events: events.length, bytes: JSON.stringify(events).length }]);
  expect(accepted).toEqual([{ events: stored, bytes: messages.reduce((sum, { data }) => sum + data.length, 0) }]);
});

test.each([
  ['more values than a body may have', '{},'.repeat(3_300_000), 'too_many_values'],
  ['more bytes than a body may have', ' '.repeat(10_000_001), 'payload_too_large'],
])('a small body that unpacks to %s is charged what was unpacked', async (_name, text, code) => {
  const { gate } = watchedGate();
  const { post } = setUp({
    deps: { gate },
    settings: { limits: { bytesPerSecond: 1, burstBytes: 10_000_000 } },
  });
  const bomb = async (): Promise<unknown> => {
    const response = await post(gzipSync(`[${text}{}]`), { 'content-encoding': 'gzip' });
    return ((await response.json()) as { code: string }).code;
  };
  const codes = [await bomb(), await bomb(), await bomb()];
  expect(codes[0]).toBe(code);
  expect(codes[2]).toBe('rate_limited');
});

test('what came in an earlier request uses up no quota', async () => {
  const { gate, accepted } = watchedGate();
  const marks = { seen: async () => new Set(['events:evt_1']), mark: async () => undefined };
  const { post } = setUp({ deps: { gate, marks }, settings: { deduplication: '24h' } });
  const response = await post([EVENT]);
  expect(await response.json()).toMatchObject({ results: [{ status: 'duplicate' }] });
  expect(accepted).toEqual([{ events: 0, bytes: 0 }]);
});

test('what Pub/Sub did not take uses up no quota', async () => {
  const { gate, accepted } = watchedGate();
  const { post } = setUp({ deps: { gate }, outcomeOf: () => ({ status: 'retry', reason: 'unavailable' }) });
  await post([EVENT]);
  expect(accepted).toEqual([{ events: 0, bytes: 0 }]);
});
