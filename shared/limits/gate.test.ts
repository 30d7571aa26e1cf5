import { expect, onTestFinished, test, vi } from 'vitest';
import { Refusal, type RefusalCode } from '#shared/errors/refusals.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { createTenantGate } from './gate.ts';
import type { Settle } from './lease/settle-in.ts';
import { settle } from './lease/settle.ts';
import type { UsageDocument } from './lease/usage-document.ts';
import { NOTHING } from './meters.ts';
import type { EnteringRequest, Entry, RequestOutcome } from './tenant-gate.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const REQUEST: EnteringRequest = {
  credentialId: 'k1',
  stream: 'events',
  declaredBytes: 4_000,
  idempotencyKey: undefined,
  isCompressed: false,
};

function settingsOf(tenantId: string, limits: Record<string, number> = {}): TenantSettings {
  return TenantSettings.parse({ tenantId, limits });
}

function setUp(bounds = { requests: 8, bodyBytes: 100_000 }) {
  let nowMs = 0;
  const documents = new Map<string, UsageDocument>();
  const settling = vi.fn<Settle>(async ({ tenantId, report, limits }) => {
    const { document, grant } = settle(documents.get(tenantId), report, limits, NOON + nowMs);
    documents.set(tenantId, document);
    return grant;
  });
  const gate = createTenantGate({
    settle: settling,
    instanceId: 'i1',
    bounds,
    maxBodyBytes: 20_000,
    now: () => nowMs,
    calendarMs: () => NOON + nowMs,
  });
  /** One request, whole: the entry's headers, or the refusal. */
  function send(
    settings: TenantSettings,
    {
      events = 10,
      bytes = 4_000,
      outcome = 'accepted',
      ...request
    }: Partial<EnteringRequest> & { events?: number; bytes?: number; outcome?: RequestOutcome } = {},
  ): Readonly<Record<string, string>> | Refusal {
    let entry: Entry | undefined;
    try {
      entry = gate.enter(settings, { ...REQUEST, ...request });
      entry.charge({ events, bytes });
      entry.leave(outcome, outcome === 'accepted' ? { events, bytes: bytes / 2 } : NOTHING);
      return entry.headers();
    } catch (error) {
      entry?.leave('neutral', NOTHING);
      return error as Refusal;
    }
  }
  return { gate, send, documents, settling, advance: (ms: number) => void (nowMs += ms) };
}

function refusalOf(
  result: unknown,
  code: RefusalCode,
): { retryAfter: number; headers: Readonly<Record<string, string>>; members: unknown } {
  expect(result).toBeInstanceOf(Refusal);
  const { code: actual, particulars } = result as Refusal;
  expect(actual).toBe(code);
  const headers = particulars.headers ?? {};
  return { retryAfter: Number(headers['retry-after']), headers, members: particulars.members };
}

const acme = settingsOf('acme', { eventsPerSecond: 100, burstEvents: 2_500 });

test('what passes says what is left', () => {
  const { send } = setUp();
  expect(send(acme)).toEqual({
    'ratelimit-policy':
      '"second";q=100;qu="events";w=1, "day";q=20000000;qu="events";w=86400, "month";q=300000000;qu="events";w=2678400, ' +
      '"second-bytes";q=4000000;qu="content-bytes";w=1, "day-bytes";q=50000000000;qu="content-bytes";w=86400, ' +
      '"month-bytes";q=750000000000;qu="content-bytes";w=2678400',
    ratelimit:
      '"second";r=100;t=1, "day";r=19999990;t=43200, "month";r=299999990;t=820800, ' +
      '"second-bytes";r=4000000;t=1, "day-bytes";r=49999998000;t=43200, "month-bytes";r=749999998000;t=820800',
  });
});

test('beyond the rate a request is refused before its body is read, and passes when it comes back', () => {
  const { send, advance } = setUp();
  send(acme, { events: 2_600 });
  const { retryAfter, headers, members } = refusalOf(send(acme), 'rate_limited');
  expect(retryAfter).toBe(2);
  expect(headers['ratelimit']).toMatch(/^"second";r=0;t=2, /);
  expect(headers['ratelimit-policy']).toMatch(/^"second";q=100/);
  expect(members).toEqual({ 'violated-policies': ['second'] });
  advance(2_000);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
});

test('beyond the rate of bytes it is refused likewise, and told so', () => {
  const { send, advance } = setUp();
  const limited = settingsOf('acme', { bytesPerSecond: 1_000_000 });
  send(limited, { bytes: 11_500_000 });
  const { retryAfter, headers, members } = refusalOf(send(limited), 'rate_limited');
  expect(retryAfter).toBe(2);
  expect(headers['ratelimit']).toMatch(/^"second";r=1000;t=1, .*"second-bytes";r=0;t=2, /);
  expect(members).toEqual({ 'violated-policies': ['second-bytes'] });
  advance(2_000);
  expect(send(limited)).not.toBeInstanceOf(Refusal);
});

test('one tenant has nothing to do with another', () => {
  const { send } = setUp();
  send(acme, { events: 3_000 });
  refusalOf(send(acme), 'rate_limited');
  expect(send(settingsOf('globex'))).not.toBeInstanceOf(Refusal);
});

test('a quota is refused until its reset, counted by what was accepted', () => {
  const { send, advance } = setUp();
  const limited = settingsOf('acme', { eventsPerDay: 20 });
  expect(send(limited, { outcome: 'invalid' })).not.toBeInstanceOf(Refusal);
  expect(send(limited)).not.toBeInstanceOf(Refusal);
  expect(send(limited)).not.toBeInstanceOf(Refusal);
  const { retryAfter, members, headers } = refusalOf(send(limited), 'quota_exceeded');
  expect(retryAfter).toBe(43_200);
  expect(members).toEqual({ 'violated-policies': ['day'] });
  expect(headers['ratelimit']).toContain('"day";r=0;t=43200');
  advance(43_200_000);
  expect(send(limited)).not.toBeInstanceOf(Refusal);
});

test('a quota of bytes is refused until its reset, counted by what is stored of it', () => {
  const { send } = setUp();
  const limited = settingsOf('acme', { bytesPerDay: 4_000, bytesPerMonth: 4_000 });
  expect(send(limited)).not.toBeInstanceOf(Refusal);
  expect(send(limited, { outcome: 'invalid' })).not.toBeInstanceOf(Refusal);
  expect(send(limited)).not.toBeInstanceOf(Refusal);
  const { retryAfter, members, headers } = refusalOf(send(limited), 'quota_exceeded');
  expect(retryAfter).toBe(820_800);
  expect(members).toEqual({ 'violated-policies': ['day-bytes', 'month-bytes'] });
  expect(headers['ratelimit']).toContain('"day-bytes";r=0;t=43200');
});

test('a tenant has its share of the instance in flight, and the instance what it can take', () => {
  const { gate, send } = setUp();
  const entries = [1, 2].map(() => gate.enter(acme, REQUEST));
  refusalOf(send(acme), 'too_many_in_flight');
  entries[0]?.leave('neutral', NOTHING);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
  for (let index = 0; index < 7; index++) gate.enter(settingsOf(`other-${index}`), REQUEST);
  refusalOf(send(settingsOf('globex')), 'overloaded');
});

test.each([
  ['says nothing of its length', { declaredBytes: undefined }],
  ['is compressed', { isCompressed: true }],
])('a body that %s counts as the longest, until it is read', (_name, request) => {
  const { gate } = setUp({ requests: 1_000, bodyBytes: 100_000 });
  const first = gate.enter(acme, { ...REQUEST, ...request });
  expect(() => gate.enter(acme, { ...REQUEST, declaredBytes: 5_001 })).toThrow(Refusal);
  first.charge({ events: 1, bytes: 100 });
  expect(() => gate.enter(acme, { ...REQUEST, declaredBytes: 5_001 })).not.toThrow();
});

test('a topic that is gone opens its circuit, and no other; a probe closes it', () => {
  const { send, advance } = setUp();
  for (let index = 0; index < 5; index++) send(acme, { outcome: 'misconfigured' });
  expect(refusalOf(send(acme), 'circuit_open').retryAfter).toBe(1);
  expect(send(acme, { stream: 'user-properties' })).not.toBeInstanceOf(Refusal);
  expect(send(settingsOf('globex'))).not.toBeInstanceOf(Refusal);
  advance(1_000);
  send(acme, { outcome: 'misconfigured' });
  expect(refusalOf(send(acme), 'circuit_open').retryAfter).toBe(2);
  advance(2_000);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
});

test('who sends nothing valid fifty times is kept out, and none of its tenant beside it', () => {
  const { send, advance } = setUp();
  for (let index = 0; index < 50; index++) expect(send(acme, { outcome: 'invalid' })).not.toBeInstanceOf(Refusal);
  expect(refusalOf(send(acme), 'abnormal_usage').retryAfter).toBe(1);
  expect(send(acme, { credentialId: 'k2' })).not.toBeInstanceOf(Refusal);
  advance(1_000);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
});

test('a body that could not be read is charged what it seemed to have, and is no valid one', () => {
  const { gate, send } = setUp();
  for (let index = 0; index < 50; index++) gate.enter(acme, REQUEST).leave('invalid', NOTHING);
  refusalOf(send(acme), 'abnormal_usage');
  const passed = send(acme, { credentialId: 'k2' });
  expect(passed).toMatchObject({ ratelimit: expect.stringContaining('"second-bytes";r=4000000;') });
  for (let index = 0; index < 40; index++) {
    gate.enter(acme, { ...REQUEST, credentialId: 'k2', declaredBytes: 20_000 }).leave('invalid', NOTHING);
  }
  refusalOf(send(acme, { credentialId: 'k3' }), 'rate_limited');
});

test('what hits everybody opens nothing', () => {
  const { send } = setUp();
  for (let index = 0; index < 100; index++) expect(send(acme, { outcome: 'neutral' })).not.toBeInstanceOf(Refusal);
});

test('a request that is kept out for something else is no probe', () => {
  const { gate, send, advance } = setUp();
  for (let index = 0; index < 5; index++) send(acme, { outcome: 'misconfigured' });
  advance(1_000);
  const others = [1, 2].map(() => gate.enter(acme, { ...REQUEST, stream: 'user-properties' }));
  refusalOf(send(acme), 'too_many_in_flight');
  for (const other of others) other.leave('neutral', NOTHING);
  expect(send(acme)).not.toBeInstanceOf(Refusal);
});

test('other limits in the settings hold at once', () => {
  const { send } = setUp();
  send(acme);
  expect(send(settingsOf('acme', { eventsPerDay: 5 }))).toMatchObject({ code: 'quota_exceeded' });
});

test('in the end all is settled', async () => {
  const { gate, send, documents } = setUp();
  send(acme);
  send(settingsOf('globex'), { events: 7 });
  await gate.close();
  const left = expect.objectContaining({ hasLeft: true });
  for (const [tenant, ofDay] of [
    ['acme', 10],
    ['globex', 7],
  ] as const) {
    expect(documents.get(tenant)).toMatchObject({ events: { ofDay } });
    expect(Object.values(documents.get(tenant)?.holders ?? {})).toEqual([left]);
  }
});

test('a tenant that was forgotten and comes back is counted anew, under another name', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { send, documents, settling, advance } = setUp();
  for (const _ of ['first', 'back']) {
    send(acme);
    for (let seconds = 0; seconds < 120; seconds++) {
      advance(1_000);
      await vi.advanceTimersByTimeAsync(1_000);
    }
  }
  expect(documents.get('acme')).toMatchObject({ events: { ofDay: 20 } });
  expect(new Set(settling.mock.calls.map(([{ report }]) => report.instanceId)).size).toBe(2);
});

test.each([
  ['between settlings', false],
  ['in the midst of settling, which then fails', true],
])('a process that stood still for longer than a share lasts, %s, begins anew', async (_name, isSettling) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { send, documents, settling, advance } = setUp();
  const busy = settingsOf('acme', { eventsPerSecond: 100, burstEvents: 100_000 });
  send(busy);
  await vi.advanceTimersByTimeAsync(0);
  send(busy, { events: 5_000 });
  if (isSettling) {
    advance(1_000);
    const late = Promise.withResolvers<undefined>();
    settling.mockImplementationOnce(() => late.promise);
    await vi.advanceTimersByTimeAsync(1_000);
    // No timer fires meanwhile, and the bucket would be full afterwards.
    advance(3_600_000);
    late.resolve(undefined);
    await vi.advanceTimersByTimeAsync(0);
  } else advance(3_600_000);
  expect(send(busy, { events: 2_600 })).not.toBeInstanceOf(Refusal);
  refusalOf(send(busy), 'rate_limited');
  await vi.runOnlyPendingTimersAsync();
  expect(documents.get('acme')).toMatchObject({ events: { ofDay: 7_610 } });
  expect(new Set(settling.mock.calls.map(([{ report }]) => report.instanceId)).size).toBe(2);
});

test('an outage of Firestore is no reason to begin anew', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { send, settling, advance } = setUp();
  send(acme);
  await vi.advanceTimersByTimeAsync(0);
  settling.mockResolvedValue(undefined);
  for (let seconds = 0; seconds < 200; seconds++) {
    send(acme);
    advance(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(new Set(settling.mock.calls.map(([{ report }]) => report.instanceId)).size).toBe(1);
});
