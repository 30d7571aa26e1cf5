import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '#shared/events/decision.ts';
import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { UserProperties } from '#shared/events/user-properties.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { ACME, after, NOW_MS, RETENTION_OFFER, someEvent, someProperties, someSettings } from '../fixtures.ts';
import { ruleBookOf } from '../rules/compiled-rules.ts';
import { createRuleEvaluator } from '../rules/rule-evaluator.ts';
import { applyEvent, applyUserProperties } from './apply.ts';
import type { ApplyContext, RuleFailure } from './apply.ts';
import { LIMITS, SETTLING_MS } from './limits.ts';
import { EMPTY_PROFILE } from './profile.ts';
import type { Profile } from './profile.ts';

type Message = EventEnvelope | UserProperties;
const HOUR_MS = 3_600_000;

interface Outcome {
  readonly profile: Profile;
  readonly decisions: readonly Decision[];
  readonly failures: readonly RuleFailure[];
}

/** Applies messages in the order given, the first at `startMs` and each `stepMs` later than the one before. */
function applyAll(
  messages: readonly Message[],
  { rules = [RETENTION_OFFER] as readonly object[], startMs = NOW_MS, stepMs = 1, profile = EMPTY_PROFILE } = {},
): Outcome {
  // What these conditions take is no matter of the machine's.
  const beginEvaluation = createRuleEvaluator(
    () => 0,
    (_limitMs, compute) => compute(),
  );
  const ruleBook = ruleBookOf(someSettings(rules));
  let outcome: Outcome = { profile, decisions: [], failures: [] };
  for (const [i, message] of messages.entries()) {
    const context: ApplyContext = {
      rules: ruleBook,
      beginEvaluation: () => beginEvaluation(ACME),
      nowMs: startMs + i * stepMs,
    };
    const applied =
      'type' in message
        ? applyEvent(outcome.profile, message, context)
        : applyUserProperties(outcome.profile, message, context);
    outcome = {
      profile: applied.profile,
      decisions: [...outcome.decisions, ...applied.decisions],
      failures: [...outcome.failures, ...applied.failures],
    };
  }
  return outcome;
}

function cancelled(overrides: Partial<EventEnvelope> = {}): EventEnvelope {
  return someEvent({ type: 'subscription.cancelled', ...overrides });
}

/** Posted one after the other, milliseconds apart. */
const PREMIUM = someProperties({ received_at: after(0) });
const FAILED_1 = someEvent({ received_at: after(3) });
const FAILED_2 = someEvent({ received_at: after(6) });
const CANCELLED = cancelled({ id: 'evt_cancelled', received_at: after(9) });

const CANCELLED_LARGE = { ...CANCELLED, data: { text: 'x'.repeat(50_000) } };

test('premium, two failed payments, cancelled: one offer', () => {
  const { decisions, failures } = applyAll([PREMIUM, FAILED_1, FAILED_2, CANCELLED]);
  expect(failures).toEqual([]);
  expect(decisions).toEqual([
    {
      id: expect.stringMatching(/^dec_[\w-]{32}$/),
      tenant_id: 'acme',
      subject: 'cus_1',
      rule: 'retention_offer',
      decide: 'retention_offer',
      params: { percent: 30 },
      event_id: 'evt_cancelled',
      event_type: 'subscription.cancelled',
      decided_at: after(3),
    },
  ]);
});

test('a decision is of the project of the event that brought it about, not of those before', () => {
  const { decisions } = applyAll([PREMIUM, FAILED_1, FAILED_2, { ...CANCELLED, project_id: ProjectId.parse('shop') }]);
  expect(decisions).toMatchObject([{ event_id: 'evt_cancelled', project_id: 'shop' }]);
  const elsewhere = [FAILED_1, FAILED_2].map((event) => ({ ...event, project_id: ProjectId.parse('shop') }));
  expect(applyAll([PREMIUM, ...elsewhere, CANCELLED]).decisions[0]).not.toHaveProperty('project_id');
});

test.each<[string, Message[]]>([
  ['not premium', [FAILED_1, FAILED_2, CANCELLED]],
  [
    'no longer premium',
    [PREMIUM, someProperties({ properties: { plan: null }, received_at: after(1) }), FAILED_1, FAILED_2, CANCELLED],
  ],
  ['one failed payment', [PREMIUM, FAILED_1, CANCELLED]],
  ['not cancelled', [PREMIUM, FAILED_1, FAILED_2]],
  [
    'a failed payment more than 7 days ago',
    [PREMIUM, FAILED_1, someEvent({ timestamp: after(-8 * 24 * HOUR_MS), received_at: after(6) }), CANCELLED],
  ],
])('%s: no offer', (_name, messages) => {
  expect(applyAll(messages).decisions).toEqual([]);
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  return items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

test.each(permutations([PREMIUM, FAILED_1, FAILED_2, CANCELLED]).map((messages) => [messages] as const))(
  'in whatever order they arrive, one offer (%#)',
  (messages) => {
    const { decisions, profile } = applyAll(messages, { stepMs: 30_000 });
    expect(decisions.map(({ event_id }) => event_id)).toEqual(['evt_cancelled']);
    expect(profile.unsettled).toEqual([]);
    expect(profile.decisions).toEqual(decisions);
  },
);

test.each(permutations([PREMIUM, FAILED_1, CANCELLED, someEvent({ received_at: after(12) })]).map((m) => [m] as const))(
  'what was accepted after the cancellation does not bring an offer about, in whatever order they arrive (%#)',
  (messages) => {
    const sameTime = messages.map((message) => ({ ...message, timestamp: after(0) }));
    expect(applyAll(sameTime).decisions).toEqual([]);
  },
);

test.each(
  permutations([
    PREMIUM,
    FAILED_1,
    FAILED_2,
    CANCELLED,
    someProperties({ properties: { plan: 'free' }, received_at: after(12) }),
  ]).map((m) => [m] as const),
)('nor does it prevent one (%#)', (messages) => {
  expect(applyAll(messages).decisions).toHaveLength(1);
});

test("a producer's slow clock does not hide what was accepted before its event", () => {
  const slow = cancelled({ timestamp: after(-5 * 60_000), received_at: after(9) });
  expect(applyAll([PREMIUM, FAILED_1, FAILED_2, slow]).decisions).toHaveLength(1);
  const acceptedLater = someEvent({ received_at: after(10) });
  expect(applyAll([PREMIUM, FAILED_1, slow, acceptedLater]).decisions).toEqual([]);
  expect(applyAll([PREMIUM, FAILED_1, acceptedLater, slow]).decisions).toEqual([]);
});

test('what arrives when an event has settled no longer changes what was decided about it', () => {
  expect(applyAll([PREMIUM, FAILED_1, CANCELLED, FAILED_2], { stepMs: SETTLING_MS }).decisions).toEqual([]);
});

test('a fast clock does not reach into the future', () => {
  const early = [FAILED_1, FAILED_2].map((event) => ({ ...event, timestamp: after(HOUR_MS) }));
  expect(applyAll([PREMIUM, ...early, CANCELLED]).decisions).toHaveLength(1);
});

test.each([
  [1, 1],
  [23.9, 1],
  [24, 2],
  [-1, 1],
  [-24, 2],
])('cancelled again %d hours later, by the events’ own time: %d offers', (hours, expected) => {
  const failures = [-60, -48, -47, -30].map((hour) =>
    someEvent({ timestamp: after(hour * HOUR_MS), received_at: after(0) }),
  );
  const again = cancelled({ timestamp: after(hours * HOUR_MS + 9), received_at: after(48 * HOUR_MS) });
  expect(applyAll([PREMIUM, ...failures, CANCELLED, again]).decisions).toHaveLength(expected);
});

test('without a cooldown each event is decided about', () => {
  const { cooldown: _cooldown, ...rule } = RETENTION_OFFER;
  const messages = [PREMIUM, FAILED_1, FAILED_2, CANCELLED, cancelled({ received_at: after(10) })];
  const { decisions, profile } = applyAll(messages, { rules: [rule] });
  expect(decisions).toHaveLength(2);
  expect(profile.decisions).toEqual(decisions.slice(1));
});

test('an event counts itself', () => {
  const rules = [{ id: 'third', on: ['payment.failed'], when: "counts['payment.failed'].last1h == 3", decide: 'call' }];
  const events = [0, 1, 2, 3].map((ms) => someEvent({ id: `evt_no${ms}`, received_at: after(ms) }));
  expect(applyAll(events, { rules }).decisions.map(({ event_id }) => event_id)).toEqual(['evt_no2']);
});

test('a rule that fails decides nothing and stops no other', () => {
  const rules = [{ ...RETENTION_OFFER, id: 'broken', when: 'event.data.nope == 1' }, RETENTION_OFFER];
  const { decisions, failures } = applyAll([PREMIUM, FAILED_1, FAILED_2, CANCELLED], { rules });
  expect(decisions.map(({ rule }) => rule)).toEqual(['retention_offer']);
  expect(failures).toEqual([{ rule: 'broken', eventId: 'evt_cancelled', error: 'No such key: nope' }]);
});

test.each([
  ['a large event', [CANCELLED_LARGE]],
  [
    'a rare one among frequent ones',
    [CANCELLED, ...Array.from({ length: 12 }, () => someEvent({ type: 'page.viewed', received_at: after(12) }))],
  ],
])('%s is decided about although it came first', (_name, first) => {
  const rules = [RETENTION_OFFER, { id: 'viewed', on: ['page.viewed'], when: 'false', decide: 'x' }];
  const { decisions } = applyAll([...first, PREMIUM, FAILED_1, FAILED_2], { rules });
  expect(decisions.map(({ event_id }) => event_id)).toEqual(['evt_cancelled']);
});

test('an event that cannot wait for what may still arrive is named', () => {
  const huge = { ...CANCELLED, data: { text: 'x'.repeat(LIMITS.unsettledBytes) } };
  const { failures, profile } = applyAll([huge]);
  expect(profile.unsettled).toEqual([]);
  expect(failures).toEqual([
    { rule: 'retention_offer', eventId: 'evt_cancelled', error: expect.stringContaining('not asked again') },
  ]);
});

test('a rule may be called what every object has', () => {
  const rules = [{ ...RETENTION_OFFER, id: 'constructor' }];
  expect(applyAll([PREMIUM, FAILED_1, FAILED_2, CANCELLED], { rules }).decisions).toHaveLength(1);
});

test('a decision has the same id whenever it is made', () => {
  const ids = [NOW_MS, NOW_MS + HOUR_MS].map(
    (startMs) => applyAll([PREMIUM, FAILED_1, FAILED_2, CANCELLED], { startMs }).decisions[0]!.id,
  );
  expect(ids[0]).toBe(ids[1]);
});

test('any arrival order of any such messages decides what their order of acceptance would', () => {
  const kinds = fc.array(fc.constantFrom('premium', 'seats', 'failed', 'other', 'cancelled'), { maxLength: 12 });
  fc.assert(
    fc.property(
      kinds.chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray(
            list.map((_, i) => i),
            { minLength: list.length },
          ),
        ),
      ),
      ([list, order]) => {
        const messages = list.map((kind, i): Message => {
          const base = { id: `evt_${i}`, received_at: after(i) };
          if (kind === 'premium') return someProperties(base);
          if (kind === 'seats') return someProperties({ ...base, properties: { seats: i } });
          if (kind === 'failed') return someEvent(base);
          return someEvent({ ...base, type: kind === 'other' ? 'order.shipped' : 'subscription.cancelled' });
        });
        const { cooldown: _cooldown, ...withoutCooldown } = { ...RETENTION_OFFER, id: 'each_time' };
        const rules = [RETENTION_OFFER, withoutCooldown];
        const inOrder = applyAll(messages, { rules });
        const shuffled = applyAll(
          order.map((i) => messages[i]!),
          { rules },
        );
        const decidedBy = (rule: string, { decisions }: Outcome): string[] =>
          decisions.filter((decision) => decision.rule === rule).map(({ event_id }) => event_id);
        expect(decidedBy('each_time', shuffled).sort()).toEqual(decidedBy('each_time', inOrder).sort());
        // A cooldown lets only one of several cancellations through: which of them is for the first to arrive.
        expect(decidedBy('retention_offer', shuffled)).toHaveLength(decidedBy('retention_offer', inOrder).length);
        expect(shuffled.profile.counts).toEqual(inOrder.profile.counts);
        expect(shuffled.profile.properties).toEqual(inOrder.profile.properties);
      },
    ),
    { numRuns: 500 },
  );
});

test('a profile stays below a Firestore document’s limit, whatever is applied', () => {
  const rules = Array.from({ length: 100 }, (_, i) => ({
    id: `rule_${i}`,
    on: ['a.b'],
    when: i % 2 === 0 ? 'true' : 'false',
    decide: 'x',
    params: { text: 'y'.repeat(4000) },
  }));
  const wide = 'ü'.repeat(256);
  const events = Array.from({ length: 150 }, (_, i) =>
    someEvent({
      id: `${wide.slice(8)}${i}`,
      subject: wide,
      type: i % 3 === 0 ? 'a.b' : `a.b${i}`,
      received_at: after(i * HOUR_MS),
      data: { text: 'z'.repeat(5000) },
    }),
  );
  const properties = someProperties({ subject: wide, properties: { text: 'p'.repeat(LIMITS.propertiesBytes - 1000) } });
  const { profile } = applyAll([properties, ...events], { rules });
  expect(Buffer.byteLength(JSON.stringify(profile))).toBeLessThan(900 * 1024);
});

/** Rules that all hold, and decide as much as a rule may. */
const LARGE_RULES = Array.from({ length: 100 }, (_, i) => ({
  id: `rule_${i}`,
  on: ['a.b'],
  when: 'true',
  decide: 'x',
  params: { text: 'y'.repeat(4000) },
}));

test('what a message decides stays below what can be stored with it: rules beyond fail, and the message does not', () => {
  const event = someEvent({ id: 'evt_1', type: 'a.b' });
  const { decisions, failures } = applyAll([event], { rules: LARGE_RULES });
  expect(Buffer.byteLength(JSON.stringify(decisions))).toBeLessThanOrEqual(LIMITS.decisionsBytesPerMessage + 100);
  expect(decisions.map(({ rule }) => rule)).toEqual(LARGE_RULES.slice(0, decisions.length).map(({ id }) => id));
  expect(failures).toEqual(
    LARGE_RULES.slice(decisions.length).map(({ id }) => ({
      rule: id,
      eventId: 'evt_1',
      error: 'not decided: the decisions of one message may take 131072 bytes together',
    })),
  );
  expect(decisions.length).toBeGreaterThan(20);
});

test('so do the decisions about all events that one message makes the rules look at again', () => {
  const rules = LARGE_RULES.slice(0, 20).map((rule) => ({ ...rule, when: "profile.properties.plan == 'premium'" }));
  const events = Array.from({ length: 8 }, (_, i) =>
    someEvent({ id: `evt_${i}`, type: 'a.b', received_at: after(i + 1) }),
  );
  const waiting = applyAll(events, { rules });
  expect([waiting.decisions, waiting.failures]).toEqual([[], []]);
  const { decisions, failures } = applyAll([PREMIUM], { rules, profile: waiting.profile });
  expect(Buffer.byteLength(JSON.stringify(decisions))).toBeLessThanOrEqual(LIMITS.decisionsBytesPerMessage + 100);
  expect(decisions.length + failures.length).toBe(8 * 20);
});
