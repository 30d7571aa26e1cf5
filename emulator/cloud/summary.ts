import Table from 'cli-table3';
import { firstRequest } from '#shared/onboarding/first-request.ts';
import type { CloudOptions } from './options.ts';
import type { Stack } from './stack-file.ts';

/** What a person sees when the local cloud is up: where everything listens, each tenant's key, what to do first. */
export function summary(
  stack: Stack,
  unplaced: ReadonlyMap<string, number>,
  options: Pick<CloudOptions, 'backoffScale' | 'directory' | 'existing'>,
  startedInMs: number,
  now: Date,
): string {
  const table = new Table({ style: { head: [], border: [] } });
  const origin = (name: keyof CloudOptions['existing']): string =>
    options.existing[name] ? ' (was running already)' : '';
  table.push(
    ['API', stack.api],
    ['Pub/Sub', `PUBSUB_EMULATOR_HOST=${stack.pubsub}${origin('pubsub')}`],
    ['Firestore', `FIRESTORE_EMULATOR_HOST=${stack.firestore}${origin('firestore')}`],
    ['BigQuery', `BIGQUERY_EMULATOR_HOST=${stack.bigquery}${origin('bigquery')}`],
    ['project', stack.project],
    ...Object.entries(stack.tenants).flatMap(([tenant, { apiKey, adminKey }]) => [
      [`tenant ${tenant}`, apiKey],
      ...(adminKey === undefined ? [] : [[`${tenant}: admin`, adminKey]]),
    ]),
  );
  const [tenant = 'acme', { apiKey } = { apiKey: '' }] = Object.entries(stack.tenants)[0] ?? [];
  const away = [...unplaced].map(([type, count]) => `${count} ${shortType(type)}`);
  return [
    `Headgate is up in ${(startedInMs / 1000).toFixed(1)} s`,
    table.toString(),
    `retries run ${Math.round(1 / options.backoffScale)} times faster than the subscriptions say (--backoff-scale 1: as they say)`,
    ...(away.length === 0 ? [] : [`accepted, but without a place on one machine: ${away.join(', ')}`]),
    `functions log to ${options.directory}/functions.log; Ctrl-C stops all of it`,
    '',
    'Send an event:',
    `  ${firstRequest({ endpoint: stack.api, apiKey }, now)}`,
    'See it:',
    `  npm run -s query -- "SELECT type, COUNT(*) AS n FROM ${tenant.replaceAll('-', '_')}.unique_events GROUP BY type"`,
    '',
  ].join('\n');
}

/** `gcp:pubsub/topic:Topic` as `pubsub.Topic`. */
function shortType(type: string): string {
  const [, module = '', name = type] = type.split(':');
  return `${module.split('/')[0]}.${name}`;
}
