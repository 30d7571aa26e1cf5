import { type TableName } from './config.ts';
import type { Column, Row } from './row.ts';

/** The table refuses everything: it is not there, or not for us, or BigQuery cannot be reached. */
export class TableError extends Error {
  override readonly name = 'TableError';
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a BigQuery subscription needs of a table. */
export interface Table {
  /** @throws TableError */
  columns(): Promise<readonly Column[]>;
  /**
   * Writes the rows that can be written, and tells why the others cannot. At least once: after an error any of them may
   * be there nevertheless.
   * @returns an error message by the index of its row
   * @throws TableError when BigQuery took none of them
   */
  insert(rows: readonly Row[]): Promise<ReadonlyMap<number, string>>;
}

const DEADLINE_MS = 30_000;

interface InsertErrors {
  readonly insertErrors?: readonly {
    readonly index?: number;
    readonly errors?: readonly { readonly reason?: string; readonly location?: string; readonly message?: string }[];
  }[];
}

/**
 * A table behind any BigQuery endpoint.
 * @param url where the REST API is, without `/bigquery/v2`
 * @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll
 */
export function openTable(url: string, { project, dataset, table }: TableName): Table {
  const base = `${url}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${table}`;

  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    let response: Response;
    let body: string;
    try {
      response = await fetch(base + path, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
      body = await response.text();
    } catch (error) {
      throw new TableError(0, `BigQuery could not be reached: ${reasonOf(error)}`);
    }
    if (!response.ok) throw new TableError(response.status, `BigQuery answered ${response.status}: ${messageIn(body)}`);
    return JSON.parse(body);
  };

  return {
    async columns() {
      const { schema } = (await call('', {})) as { schema?: { fields?: readonly Column[] } };
      return schema?.fields ?? [];
    },
    async insert(rows) {
      const { insertErrors = [] } = (await call('/insertAll', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ skipInvalidRows: true, rows: rows.map((json) => ({ json })) }),
      })) as InsertErrors;
      return new Map(
        insertErrors.map(({ index = 0, errors = [] }) => [
          index,
          errors
            .map(({ location, message, reason }) => [location, message ?? reason].filter(Boolean).join(': '))
            .join('; '),
        ]),
      );
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { error?: { message?: string } }).error?.message ?? body.slice(0, 500);
  } catch {
    return body.slice(0, 500);
  }
}
