import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageKeyOf } from '#shared/events/message-key.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import type { PublishOutcome } from '#shared/publishing/outcome.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { handOn } from './hand-on.ts';

const keyOf = (id: string): string => messageKeyOf('events', id);
const retry: PublishOutcome = { status: 'retry', reason: 'unavailable' };
const refused: PublishOutcome = { status: 'refused', reason: 'too large' };

/** Hands on `ids` for a tenant of which `seen` came before, while Pub/Sub does as `outcomes` says. */
async function handOnIds(
  ids: readonly string[],
  outcomes: Readonly<Record<string, PublishOutcome>> = {},
  { deduplication = '24h', seen = [] as readonly string[] } = {},
) {
  const steps: string[] = [];
  const idOf = (message: StreamMessage): string => message.data.toString();
  const results = await handOn(
    TenantSettings.parse({ tenantId: 'acme', deduplication }),
    'events',
    ids.map((id) => ({ data: Buffer.from(id), attributes: { event_id: id } })),
    {
      publisher: {
        publish: async (_target, stream, messages) => {
          steps.push(`publish ${stream} ${messages.map(idOf).join()}`);
          return messages.map((message) => outcomes[idOf(message)] ?? { status: 'accepted' });
        },
        flush: async () => undefined,
      },
      marks: {
        seen: async (tenantId, asked) => {
          steps.push(`seen ${tenantId} ${asked.join()}`);
          return new Set(seen.map(keyOf));
        },
        mark: async (tenantId, accepted) => void steps.push(`mark ${tenantId} ${accepted.join()}`),
      },
      captureRefused: async ({ tenantId }, stream, captured) =>
        void steps.push(
          `capture ${tenantId} ${stream} ${captured.map(({ message, reason }) => `${idOf(message)}: ${reason}`).join()}`,
        ),
    },
  );
  return { steps, statuses: results.map(({ status }) => status) };
}

test('a tenant that does not ask for it is not asked about', async () => {
  const { steps, statuses } = await handOnIds(['a', 'b'], {}, { deduplication: 'none', seen: ['a'] });
  expect(steps).toEqual(['publish events a,b']);
  expect(statuses).toEqual(['accepted', 'accepted']);
});

test('what came before is not published, and each outcome is in its place', async () => {
  const { steps, statuses } = await handOnIds(['a', 'b', 'c', 'd'], { d: retry }, { seen: ['a', 'c'] });
  expect(statuses).toEqual(['duplicate', 'accepted', 'duplicate', 'retry']);
  expect(steps).toEqual(['seen acme events:a,events:b,events:c,events:d', 'publish events b,d', 'mark acme events:b']);
});

test('only what Pub/Sub acknowledged is marked, and what it refused for good is kept', async () => {
  const { steps, statuses } = await handOnIds(['a', 'b', 'c'], { a: refused, b: retry });
  expect(statuses).toEqual(['refused', 'retry', 'accepted']);
  expect(steps.slice(2).toSorted()).toEqual(['capture acme events a: too large', 'mark acme events:c']);
});

test('where all of it came before, there is nothing to mark', async () => {
  const { steps, statuses } = await handOnIds(['a'], {}, { seen: ['a'] });
  expect(statuses).toEqual(['duplicate']);
  expect(steps).toEqual(['seen acme events:a', 'publish events ']);
});

test('whatever came before and whatever Pub/Sub does, each message has its own outcome, and only the acknowledged are marked', async () => {
  const fates = { accepted: { status: 'accepted' }, retry, refused } as const;
  const fate = fc.constantFrom('seen', 'accepted', 'retry', 'refused');
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 30 }), async (expected) => {
      const ids = expected.map((_, index) => `evt_${index}`);
      const outcomes = Object.fromEntries(
        expected.flatMap((each, index) => (each === 'seen' ? [] : [[`evt_${index}`, fates[each]]])),
      );
      const seen = ids.filter((_, index) => expected[index] === 'seen');
      const { steps, statuses } = await handOnIds(ids, outcomes, { seen });
      expect(statuses).toEqual(expected.map((each) => (each === 'seen' ? 'duplicate' : each)));
      const marked = steps.filter((step) => step.startsWith('mark')).flatMap((step) => step.split(' ')[2]!.split(','));
      expect(marked).toEqual(ids.filter((_, index) => expected[index] === 'accepted').map(keyOf));
    }),
  );
});
