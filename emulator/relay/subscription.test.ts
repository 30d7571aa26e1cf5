import { expect, test } from 'vitest';
import { isRelayed, parseSubscription } from './subscription.ts';

const name = 'projects/p/subscriptions/acme.events.decide';
const pushConfig = { pushEndpoint: 'http://127.0.0.1:8080/push' };
const bigqueryConfig = { table: 'p.acme.events' };

test.each([
  [{ name }, false],
  [{ name, pushConfig: {} }, false],
  [{ name, filter: 'attributes:type' }, false],
  [{ name, pushConfig }, true],
  [{ name, bigqueryConfig, messageTransforms: [{ javascriptUdf: { functionName: 'f', code: '' } }] }, true],
  [{ name, pushConfig, filter: 'attributes:type', labels: { app: 'x' }, retryPolicy: { minimumBackoff: '10s' } }, true],
])('%j: something is left to play: %s', (json, expected) => {
  expect(isRelayed(parseSubscription(json))).toBe(expected);
});

test.each([
  [null, /expected object/],
  [{ name: 'acme' }, /Invalid \[subscriptions\] name/],
  [{ name, pushConfig: { pushEndpoint: 'ftp://x' } }, /push endpoint/],
  [{ name, pushConfig: { ...pushConfig, oidcToken: { serviceAccountEmail: 'x' } } }, /service_account_email/],
  [{ name, bigqueryConfig: { table: 'events' } }, /bigquery_config.table/],
  [{ name, pushConfig, bigqueryConfig }, /Only one/],
  [{ name, pushConfig, filter: 'type = 1' }, /Invalid filter/],
  [{ name, pushConfig, deadLetterPolicy: { deadLetterTopic: 'dead' } }, /Invalid \[topics\] name/],
  [{ name, pushConfig, ackDeadlineSeconds: 9 }, /ackDeadlineSeconds/],
  [{ name, cloudStorageConfig: { bucket: 'b' } }, /does not play it[^]*cloudStorageConfig/],
  [{ name, messageTransforms: [{ javascriptUdf: { functionName: 'f', code: '' } }] }, /cannot be relayed/],
])('%j is refused', (json, message) => {
  expect(() => parseSubscription(json)).toThrow(message);
});
