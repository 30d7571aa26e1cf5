import { expect, test } from 'vitest';
import { createHarness, SUBSCRIPTION } from '../testing/harness.ts';
import type { PushConfig, Subscription } from '../protocol/resources.ts';

const pushEndpoint = 'https://decide.example.com/push';

async function created(pushConfig: PushConfig) {
  const harness = createHarness();
  await harness.topic();
  const { pushConfig: returned } = await harness.subscription({ pushConfig });
  return { harness, returned };
}

test.each<[string, PushConfig, PushConfig]>([
  ['is v1', { pushEndpoint }, { pushEndpoint, attributes: { 'x-goog-version': 'v1' } }],
  [
    'is v1, beside other attributes',
    { pushEndpoint, attributes: { a: 'b' } },
    { pushEndpoint, attributes: { a: 'b', 'x-goog-version': 'v1' } },
  ],
  [
    'is what was asked for',
    { pushEndpoint, attributes: { 'x-goog-version': 'v1beta2' } },
    { pushEndpoint, attributes: { 'x-goog-version': 'v1beta2' } },
  ],
  ['is not there where nothing is pushed', {}, {}],
])('the version of the push format %s', async (_, pushConfig, expected) => {
  expect((await created(pushConfig)).returned).toEqual(expected);
});

test.each<[string, PushConfig, string]>([
  ['keeps', { pushEndpoint }, 'v1beta2'],
  ['changes', { pushEndpoint, attributes: { 'x-goog-version': 'v1' } }, 'v1'],
])('ModifyPushConfig %s the version of the push format', async (_, pushConfig, expected) => {
  const { harness } = await created({ pushEndpoint, attributes: { 'x-goog-version': 'v1beta2' } });
  await harness.call('ModifyPushConfig', { subscription: SUBSCRIPTION, pushConfig });
  const { pushConfig: modified } = (await harness.call('GetSubscription', {
    subscription: SUBSCRIPTION,
  })) as Subscription;
  expect(modified?.attributes).toEqual({ 'x-goog-version': expected });
});

test('ModifyPushConfig with an empty configuration ends the pushes', async () => {
  const { harness } = await created({ pushEndpoint });
  await harness.call('ModifyPushConfig', { subscription: SUBSCRIPTION, pushConfig: {} });
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({ pushConfig: {} });
});
