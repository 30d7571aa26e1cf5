import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Message, PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, Results } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { CAN_FAIL, faultsApplied, setFault } from '#test/stack/faults.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';

const SUBJECTS = 5;
const STEPS = 40;
const EVENTS_PER_REQUEST = 4;
/** Of fifty. */
const KILL_AFTER_REQUESTS = 15;
const RETRY_DELAY_MS = 50;
const WITHIN_MS = 40_000;

/** Holds only where `decide` has applied exactly the steps before this one: a step out of turn decides nothing. */
const IN_TURN = {
  id: 'in_turn',
  on: ['step.taken'],
  when: "counts['step.taken'].total == int(event.data.step)",
  decide: 'in_turn',
};

describe.skipIf(!CAN_FAIL)('a tenant with ordering', () => {
  let stack: TestStack;
  let pubsub: PubSub;

  beforeAll(async () => {
    stack = await startStack({}, ['--faults']);
    const settings = { ordering: true, rules: [IN_TURN] };
    stack.tenants['ordered'] = { apiKey: await onboard(await controlUrlOf(stack.directory), 'ordered', settings) };
    pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  });
  afterAll(async () => {
    await pubsub.close();
    await stack.stop();
  });

  /** By ordering key, the events whose messages came, in the order in which they came first. */
  async function arrivalsOn(topic: string): Promise<Map<string, Set<string>>> {
    const arrivals = new Map<string, Set<string>>();
    const name = `${topic}.test-${randomUUID()}`;
    const [subscription] = await pubsub.topic(topic).createSubscription(name, { enableMessageOrdering: true });
    subscription.on('message', (message: Message) => {
      const ids = arrivals.get(message.orderingKey ?? '') ?? new Set();
      arrivals.set(message.orderingKey ?? '', ids.add(message.attributes['event_id'] ?? ''));
      message.ack();
    });
    return arrivals;
  }

  /** Posts a subject's events, a request after the other, and each again until it is answered that all of it was taken. */
  async function post(events: readonly Record<string, unknown>[], onAccepted: () => void): Promise<number> {
    const ordered = apiOf(stack, 'ordered');
    let unanswered = 0;
    for (let first = 0; first < events.length; first += EVENTS_PER_REQUEST) {
      const body = events.slice(first, first + EVENTS_PER_REQUEST);
      for (;;) {
        const answer = await ordered.post('/v1/events', body).catch(() => undefined);
        if (answer?.status === 202) {
          expect(Results.parse(answer.body).accepted).toBe(body.length);
          break;
        }
        unanswered++;
        await delay(RETRY_DELAY_MS);
      }
      onAccepted();
    }
    return unanswered;
  }

  test('its events reach decide, and its decisions their topic, in the order of posting: through redeliveries and a kill', async () => {
    const [events, decisions] = await Promise.all(['ordered.events', 'ordered.decisions'].map(arrivalsOn));
    await setFault(stack, 'lossy', {
      target: `projects/${stack.project}/subscriptions/ordered.events.decide`,
      dropAcknowledgements: 0.1,
      duplicateDeliveries: 0.1,
    });
    const posted = new Map(
      Array.from({ length: SUBJECTS }, (_, index) => {
        const subject = `walker_${index}`;
        const steps = Array.from({ length: STEPS }, (__, step) =>
          anEvent({ type: 'step.taken', subject, data: { step: step + 1 } }),
        );
        return [subject, steps] as const;
      }),
    );
    let accepted = 0;
    let killed: Promise<number> | undefined;
    const onAccepted = (): void => {
      if (++accepted === KILL_AFTER_REQUESTS) killed = stack.killFunctions();
    };
    const unanswered = await Promise.all([...posted.values()].map((steps) => post(steps, onAccepted)));
    expect(await killed).toBeGreaterThan(0);
    expect(Math.max(...unanswered)).toBeGreaterThan(0);

    const expected = new Map([...posted].map(([subject, steps]) => [subject, steps.map(({ id }) => id)]));
    const seen = (arrivals: ReadonlyMap<string, Set<string>>): Promise<[string, string[]][]> =>
      Promise.resolve([...arrivals].map(([subject, ids]) => [subject, [...ids]]));
    for (const arrivals of [events!, decisions!]) {
      const arrived = await eventually(
        () => seen(arrivals),
        (all) => all.reduce((sum, [, ids]) => sum + ids.length, 0) >= SUBJECTS * STEPS,
        WITHIN_MS,
      );
      expect(new Map(arrived)).toEqual(expected);
    }
    const { lossy } = await faultsApplied(stack);
    expect(lossy).toBeGreaterThan(0);
  });
});
