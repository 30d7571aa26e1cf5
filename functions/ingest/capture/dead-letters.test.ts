import { expect, test, vi } from 'vitest';
import type { StreamMessage } from '#shared/events/messages.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { PublishOutcome } from '#shared/publishing/outcome.ts';
import type { RefusedMessage } from './capture.ts';
import { createDeadLetters, type NotCaptured } from './dead-letters.ts';

const target = { tenantId: TenantId.parse('acme'), batching: { maxMessages: 1, maxBytes: 1, maxMilliseconds: 1_000 } };

function refused(id: string, data = '{}'): RefusedMessage {
  return { message: { data: Buffer.from(data), attributes: { event_id: id } }, reason: `bad ${id}` };
}

function setUp(outcomeOf: (letter: StreamMessage) => PublishOutcome | Promise<PublishOutcome>) {
  const published: { topic: string; letter: StreamMessage }[] = [];
  const lost: NotCaptured[] = [];
  const capture = createDeadLetters({
    publisher: {
      publish: ({ tenantId }, stream, letters) =>
        Promise.all(
          letters.map(async (letter) => {
            const outcome = await outcomeOf(letter);
            if (outcome.status === 'accepted') published.push({ topic: `${tenantId}.${stream}`, letter });
            return outcome;
          }),
        ),
    },
    onNotCaptured: (events) => lost.push(events),
  });
  return { capture, published, lost };
}

test('what was refused is in the dead-letter topic, with its reason and where it was to go', async () => {
  const { capture, published, lost } = setUp(() => ({ status: 'accepted' }));
  await capture(target, 'user-properties', [refused('a'), refused('b')]);
  expect(published.map(({ topic, letter }) => [topic, letter.attributes])).toEqual(
    ['a', 'b'].map((id) => [
      'acme.dead-letter',
      { event_id: id, reason: `bad ${id}`, source_topic: 'acme.user-properties' },
    ]),
  );
  expect(lost).toEqual([]);
});

test('what is refused there too is kept reduced, and the others whole', async () => {
  const { capture, published, lost } = setUp(({ data }) =>
    data.length > 70_000 ? { status: 'refused', reason: 'too large' } : { status: 'accepted' },
  );
  await capture(target, 'events', [refused('a', 'x'.repeat(100_000)), refused('b')]);
  expect(published.map(({ letter }) => [letter.attributes['event_id'], letter.attributes['reduced']])).toEqual([
    ['b', undefined],
    ['a', 'true'],
  ]);
  expect(lost).toEqual([]);
});

test.each<[string, PublishOutcome]>([
  ['is refused for good', { status: 'refused', reason: 'no' }],
  ['cannot be published', { status: 'retry', reason: 'unavailable' }],
])('what %s there either is named, with its reason', async (_name, outcome) => {
  const { capture, lost } = setUp(({ attributes }) =>
    attributes['event_id'] === 'a' ? outcome : { status: 'accepted' },
  );
  await capture(target, 'events', [refused('a'), refused('b')]);
  expect(lost).toEqual([{ tenantId: 'acme', events: [{ eventId: 'a', reason: 'bad a' }] }]);
});

test('what is not acknowledged in time is named, a hundred at a time, and waits for nobody', async () => {
  vi.useFakeTimers();
  const { capture, lost } = setUp(() => new Promise(() => undefined));
  const captured = capture(
    target,
    'events',
    Array.from({ length: 250 }, (_, index) => refused(`evt_${index}`)),
  );
  await vi.advanceTimersByTimeAsync(3_000);
  await captured;
  vi.useRealTimers();
  expect(lost.map(({ events }) => events.length)).toEqual([100, 100, 50]);
});
