import type { BigQueryState, PubsubMessage } from '../protocol/resources.ts';
import { type Column, type Row, type RowConfig, toRow } from './row.ts';
import { type Table, TableError } from './table.ts';

/** What became of each message of a batch, in order: undefined when it is written, else why it is not. */
export interface WriteResult {
  readonly errors: readonly (string | undefined)[];
  /** What the subscription's `bigquery_config.state` is to say from now on. */
  readonly state: BigQueryState;
}

export interface TableWriter {
  /** Writes the messages that can be written. Never throws. At least once: one that failed may be there nevertheless. */
  write(messages: readonly PubsubMessage[]): Promise<WriteResult>;
}

/** A changed schema is noticed after that long, or at the first row that does not fit. */
const SCHEMA_MAX_AGE_MS = 30_000;

/**
 * Writes the messages of a subscription to its table, one bad message never failing the others.
 * @param subscription the name for the column `subscription_name`
 */
export function createTableWriter(
  table: Table,
  subscription: string,
  config: RowConfig,
  now: () => number,
): TableWriter {
  let schema: { readonly columns: readonly Column[]; readonly readAtMs: number } | undefined;

  const columns = async (): Promise<readonly Column[]> => {
    if (!schema || now() - schema.readAtMs > SCHEMA_MAX_AGE_MS) {
      schema = { columns: await table.columns(), readAtMs: now() };
    }
    return schema.columns;
  };

  return {
    async write(messages) {
      const errors: (string | undefined)[] = messages.map(() => undefined);
      try {
        const known = await columns();
        const rows: Row[] = [];
        const indexes: number[] = [];
        for (const [index, message] of messages.entries()) {
          const result = toRow(message, subscription, known, config);
          if ('error' in result) {
            errors[index] = result.error;
          } else {
            rows.push(result.row);
            indexes.push(index);
          }
        }
        const refused = rows.length > 0 ? await table.insert(rows) : new Map<number, string>();
        for (const [row, error] of refused) errors[indexes[row] ?? 0] = error;
        if (errors.some((error) => error !== undefined)) schema = undefined;
        const isMismatch = errors.every((error) => error !== undefined);
        return { errors, state: isMismatch ? 'SCHEMA_MISMATCH' : 'ACTIVE' };
      } catch (error) {
        schema = undefined;
        const reason = error instanceof Error ? error.message : String(error);
        return { errors: messages.map(() => reason), state: stateOf(error) };
      }
    },
  };
}

function stateOf(error: unknown): BigQueryState {
  const status = error instanceof TableError ? error.status : 0;
  if (status === 404) return 'NOT_FOUND';
  if (status === 401 || status === 403) return 'PERMISSION_DENIED';
  // It may be away for a moment: that is no fault of the configuration.
  return 'ACTIVE';
}
