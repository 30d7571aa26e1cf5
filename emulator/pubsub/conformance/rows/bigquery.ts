export const BIGQUERY_AREA = 'BigQuery subscriptions';
