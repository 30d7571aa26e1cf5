import type { BigQueryConfig } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';

export interface TableName {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

const TABLE = /^([^.:]+(?::[^.:]+)?)[.:]([A-Za-z0-9_]+)\.([^.]+)$/;

/** Reads `{project}.{dataset}.{table}`. @throws StatusError INVALID_ARGUMENT */
export function parseTableName(name: string | undefined): TableName {
  const [, project, dataset, table] = TABLE.exec(name ?? '') ?? [];
  if (!project || !dataset || !table) {
    throw invalidArgument(`Invalid bigquery_config.table: "${name ?? ''}". It must be {project}.{dataset}.{table}.`);
  }
  return { project, dataset, table };
}

/** @throws StatusError INVALID_ARGUMENT naming the field */
export function checkBigQueryConfig(config: BigQueryConfig): BigQueryConfig {
  parseTableName(config.table);
  if (config.useTopicSchema && config.useTableSchema) {
    throw invalidArgument('use_topic_schema and use_table_schema cannot be enabled at the same time.');
  }
  return { ...config, state: 'ACTIVE' };
}
