import { expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import { redriveFilter } from './redrive-filter.ts';

/** @see https://cloud.google.com/pubsub/docs/subscription-message-filter */
const MAX_FILTER_BYTES = 256;

test('the filter of a subscription', () => {
  expect(redriveFilter('acme.events.decide')).toBe(
    'NOT attributes:redrive_to OR attributes.redrive_to = "acme.events.decide"',
  );
});

test('also the longest tenant id leaves it within what Pub/Sub takes', () => {
  const { subscriptions } = tenantNames(TenantId.parse('a'.repeat(30)));
  for (const id of Object.values(subscriptions)) {
    expect(Buffer.byteLength(redriveFilter(id))).toBeLessThanOrEqual(MAX_FILTER_BYTES);
  }
});
