/** A column of a BigQuery table, in the words of the REST API's `TableFieldSchema`. */
export interface Column {
  readonly name: string;
  readonly type: 'STRING' | 'INT64' | 'TIMESTAMP' | 'JSON';
  readonly mode: 'REQUIRED' | 'NULLABLE';
  readonly description: string;
}

export function required(name: string, type: Column['type'], description: string): Column {
  return { name, type, mode: 'REQUIRED', description };
}

export function nullable(name: string, type: Column['type'], description: string): Column {
  return { name, type, mode: 'NULLABLE', description };
}

/**
 * The columns that Pub/Sub itself fills when a BigQuery subscription has `writeMetadata`.
 *
 * @see https://cloud.google.com/pubsub/docs/bigquery#write-metadata
 */
export const METADATA_COLUMNS: readonly Column[] = [
  nullable('subscription_name', 'STRING', 'Subscription that wrote the row.'),
  nullable('message_id', 'STRING', 'Pub/Sub message id: a message written twice has it twice.'),
  nullable('publish_time', 'TIMESTAMP', 'When Pub/Sub took the message.'),
  nullable('attributes', 'JSON', 'Attributes of the message, and its ordering key.'),
];
