import type { BigQueryConfig, PubsubMessage } from '../protocol/resources.ts';
import type { FieldValue } from '../schema/field-value.ts';
import { topicSchemaRow } from './topic-schema-row.ts';

/** A column, as `tables.get` describes it. */
export interface Column {
  readonly name: string;
  /** As it is written in either of BigQuery's type systems: `INTEGER` or `INT64`, … */
  readonly type: string;
  readonly mode?: string;
  /** Of a RECORD. */
  readonly fields?: readonly Column[];
}

/** A row as `tabledata.insertAll` takes it. */
export type Row = Readonly<Record<string, unknown>>;

export type RowResult = { readonly row: Row } | { readonly error: string };

/** What a BigQuery subscription writes for a message. */
export interface RowConfig extends Pick<BigQueryConfig, 'useTableSchema' | 'writeMetadata' | 'dropUnknownFields'> {
  /**
   * What the topic's schema reads in a message, where the subscription uses it; undefined for a message without schema.
   * @throws Error when it cannot be read
   */
  readonly readMessage?: ((message: PubsubMessage) => FieldValue | undefined) | undefined;
}

/**
 * The row for a message. With the table's schema, each field of the message's JSON goes to the column of its name, with
 * the topic's schema each field that it defines; without either, the data goes to the column `data` as a whole.
 * @see https://cloud.google.com/pubsub/docs/bigquery#write_metadata
 */
export function toRow(
  message: PubsubMessage,
  subscription: string,
  columns: readonly Column[],
  config: RowConfig,
): RowResult {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const fields = config.useTableSchema
    ? fieldsOf(message, byName, config.dropUnknownFields ?? false)
    : (fieldsOfSchema(message, columns, config) ?? { row: { data: dataFor(message.data, byName.get('data')) } });
  if ('error' in fields || !config.writeMetadata) return fields;
  return {
    row: {
      ...fields.row,
      subscription_name: subscription,
      message_id: message.messageId,
      publish_time: new Date(message.publishTimeMs).toISOString(),
      attributes: JSON.stringify({
        ...message.attributes,
        ...(message.orderingKey && { ordering_key: message.orderingKey }),
      }),
    },
  };
}

/** Undefined where there is no schema. */
function fieldsOfSchema(
  message: PubsubMessage,
  columns: readonly Column[],
  { readMessage, dropUnknownFields = false }: RowConfig,
): RowResult | undefined {
  try {
    const value = readMessage?.(message);
    return value === undefined ? undefined : topicSchemaRow(value, columns, dropUnknownFields);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function fieldsOf(message: PubsubMessage, columns: ReadonlyMap<string, Column>, dropUnknownFields: boolean): RowResult {
  const json = parseObject(message.data);
  if (!json) return { error: 'the data of the message is not a JSON object' };
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const column = columns.get(name.toLowerCase());
    if (column) row[column.name] = valueFor(value, column);
    else if (!dropUnknownFields) return { error: `the table has no column for the field "${name}" of the message` };
  }
  return { row };
}

function parseObject(data: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(data.toString());
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A JSON column takes JSON as text; a message may carry it as text or as the value itself. */
function valueFor(value: unknown, { type, mode }: Column): unknown {
  if (type !== 'JSON' || value === null) return value;
  if (mode === 'REPEATED' && Array.isArray(value)) return value.map((item) => valueFor(item, { name: '', type }));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const dataFor = (data: Buffer, column: Column | undefined): string =>
  column?.type === 'BYTES' ? data.toString('base64') : data.toString();
