import type { Context, SubscriptionResource } from '../context/context.ts';
import { until } from '../context/waiting.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, refused } from '../expectations.ts';
import { area } from '../row.ts';

export const BIGQUERY_AREA = 'BigQuery subscriptions';

const TIMEOUT_MS = 10_000;
const DATASET = 'events';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

const DATA: Field = { name: 'data', type: 'STRING' };
const METADATA: readonly Field[] = [
  { name: 'subscription_name', type: 'STRING' },
  { name: 'message_id', type: 'STRING' },
  { name: 'publish_time', type: 'TIMESTAMP' },
  { name: 'attributes', type: 'JSON' },
];

async function request(context: Context, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${context.bigqueryUrl}/projects/${context.projectId}/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`BigQuery: ${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** @returns the table's name, as a subscription takes it */
async function createTable(context: Context, fields: readonly Field[]): Promise<string> {
  const table = { projectId: context.projectId, datasetId: DATASET, tableId: 'table' };
  await request(context, 'POST', 'datasets', {
    datasetReference: { projectId: context.projectId, datasetId: DATASET },
  });
  await request(context, 'POST', `datasets/${DATASET}/tables`, { tableReference: table, schema: { fields } });
  return `${table.projectId}.${table.datasetId}.${table.tableId}`;
}

/** @returns the rows, column by column, as soon as there are so many */
async function rowsOf(context: Context, count: number): Promise<unknown[][]> {
  return until(async () => {
    const path = `datasets/${DATASET}/tables/table/data`;
    const { rows = [] } = (await request(context, 'GET', path)) as { rows?: { f: { v: unknown }[] }[] };
    return rows.length >= count ? rows.map(({ f }) => f.map(({ v }) => v)) : undefined;
  }, `${count} rows in the table`);
}

type BigQueryConfig = NonNullable<SubscriptionResource['bigqueryConfig']>;

interface Writing {
  readonly topic: string;
  readonly subscription: string;
}

async function writing(
  context: Context,
  fields: readonly Field[],
  config: BigQueryConfig = {},
  resource: SubscriptionResource = {},
): Promise<Writing> {
  const bigqueryConfig = { ...config, table: await createTable(context, fields) };
  return context.topicAndSubscription({ ...resource, bigqueryConfig });
}

export const bigQuery = area(BIGQUERY_AREA, documentation.bigQuery, [
  {
    title: 'data is written to the column data',
    async run(context) {
      const { topic } = await writing(context, [DATA]);
      await context.publish(topic, 'one', 'two');
      equal((await rowsOf(context, 2)).map(([data]) => String(data)).sort(), ['one', 'two'], 'rows');
    },
  },
  {
    title: 'metadata is written to columns where asked for',
    async run(context) {
      const { topic, subscription } = await writing(context, [DATA, ...METADATA], { writeMetadata: true });
      const [id] = await context.publish(topic, { data: 'one', attributes: { a: 'b' } });
      const [row = []] = await rowsOf(context, 1);
      const [data, name, messageId, , attributes] = row;
      equal([data, name, messageId, JSON.parse(String(attributes))], ['one', subscription, id, { a: 'b' }], 'the row');
    },
  },
  {
    title: "fields of JSON data are written to the table's columns of their names",
    async run(context) {
      const fields = [
        { name: 'name', type: 'STRING' },
        { name: 'population', type: 'INTEGER' },
      ];
      const { topic } = await writing(context, fields, { useTableSchema: true });
      await context.publish(topic, '{"name":"AK","population":7}');
      equal(await rowsOf(context, 1), [['AK', '7']], 'rows');
    },
  },
  {
    title: 'unknown fields are dropped where asked for',
    async run(context) {
      const config = { useTableSchema: true, dropUnknownFields: true };
      const { topic } = await writing(context, [{ name: 'name', type: 'STRING' }], config);
      await context.publish(topic, '{"name":"AK","population":7}');
      equal(await rowsOf(context, 1), [['AK']], 'rows');
    },
  },
  {
    title: 'what the table does not take becomes a dead letter, and does not hold up the others',
    async run(context) {
      const { topic: deadLetterTopic, subscription: inspection } = await context.topicAndSubscription();
      const fields = [{ name: 'name', type: 'STRING', mode: 'REQUIRED' }];
      const { topic } = await writing(
        context,
        fields,
        { useTableSchema: true },
        {
          deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
          retryPolicy: { minimumBackoff: { nanos: 50_000_000 }, maximumBackoff: { nanos: 50_000_000 } },
        },
      );
      await context.publish(topic, '{"name":"AK"}', '{"other":1}', '{"name":"AL"}');
      equal((await rowsOf(context, 2)).map(([name]) => String(name)).sort(), ['AK', 'AL'], 'rows');
      equal((await context.pullOne(inspection, 12_000)).data, '{"other":1}', 'the dead letter');
    },
  },
  {
    title: 'fields of a topic with a schema are written to columns',
    async run(context) {
      const definition = '{"type":"record","name":"S","fields":[{"name":"name","type":"string"}]}';
      const [{ name: schema }] = await context.schemas.createSchema({
        parent: context.project,
        schemaId: 'schema',
        schema: { type: 'AVRO', definition },
      });
      const topic = await context.topic({ schemaSettings: { schema: schema ?? '', encoding: 'JSON' } });
      const table = await createTable(context, [{ name: 'name', type: 'STRING' }]);
      await context.subscription(topic, { bigqueryConfig: { table, useTopicSchema: true } });
      await context.publish(topic, '{"name":"AK"}');
      equal(await rowsOf(context, 1), [['AK']], 'rows');
    },
  },
  {
    title: 'what a filter leaves out is not written',
    documentation: documentation.filter,
    async run(context) {
      const { topic } = await writing(context, [DATA], {}, { filter: 'attributes:wanted' });
      await context.publish(topic, 'no', { data: 'yes', attributes: { wanted: '' } });
      equal(await rowsOf(context, 1), [['yes']], 'rows');
    },
  },
  {
    title: 'what is written is transformed',
    documentation: documentation.transforms,
    async run(context) {
      const code = 'function shout(message) { message.data = message.data.toUpperCase(); return message; }';
      const messageTransforms = [{ javascriptUdf: { functionName: 'shout', code } }];
      const { topic } = await writing(context, [DATA], {}, { messageTransforms });
      await context.publish(topic, 'one');
      equal(await rowsOf(context, 1), [['ONE']], 'rows');
    },
  },
  {
    title: 'the subscription shows its configuration, and that it is active',
    documentation: documentation.bigQueryConfig,
    async run(context) {
      const { subscription } = await writing(context, [DATA, ...METADATA], { writeMetadata: true });
      const expected = {
        bigqueryConfig: { writeMetadata: true, useTableSchema: false, state: 'ACTIVE' },
        state: 'ACTIVE',
      };
      contains(await context.getSubscription(subscription), expected, 'the subscription');
    },
  },
  {
    title: 'the schemas of topic and table exclude each other',
    documentation: documentation.bigQueryConfig,
    async run(context) {
      const bigqueryConfig = { table: 'a-project.a.a', useTopicSchema: true, useTableSchema: true };
      await refused(context.topicAndSubscription({ bigqueryConfig }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'push and BigQuery exclude each other',
    documentation: documentation.bigQueryConfig,
    async run(context) {
      const resource = {
        bigqueryConfig: { table: 'a-project.a.a' },
        pushConfig: { pushEndpoint: 'https://example.com' },
      };
      await refused(context.topicAndSubscription(resource), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a malformed table name is refused',
    documentation: documentation.bigQueryConfig,
    run: async (context) =>
      void (await refused(context.topicAndSubscription({ bigqueryConfig: { table: 'table' } }), 'INVALID_ARGUMENT')),
  },
  {
    title: 'what is written to BigQuery cannot be pulled',
    async run(context) {
      const { subscription } = await writing(context, [DATA]);
      await refused(context.pullNow(subscription), 'FAILED_PRECONDITION', 'INVALID_ARGUMENT');
    },
  },
]);
