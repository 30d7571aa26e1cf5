import type { Catalog, DatasetReference, Table } from '../catalog/catalog.ts';
import { quoteString, type Field } from '../catalog/schema.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import type { ResolvedTable } from './context.ts';

type Row = readonly string[];

/** The columns of a view of INFORMATION_SCHEMA with their DuckDB types, and its rows as SQL literals. */
interface View {
  columns: Readonly<Record<string, string>>;
  rows: (table: Table) => Row[];
}

const NAMES = { table_catalog: 'VARCHAR', table_schema: 'VARCHAR', table_name: 'VARCHAR' };

const VIEWS: Readonly<Record<string, View>> = {
  TABLES: {
    columns: { ...NAMES, table_type: 'VARCHAR', is_insertable_into: 'VARCHAR', creation_time: 'TIMESTAMPTZ' },
    rows: (table) => [
      [
        ...names(table),
        quoteString(table.type === 'TABLE' ? 'BASE TABLE' : table.type.replace('_', ' ')),
        quoteString(table.type === 'TABLE' ? 'YES' : 'NO'),
        `make_timestamptz(${table.createdMs * 1000})`,
      ],
    ],
  },
  COLUMNS: {
    columns: {
      ...NAMES,
      column_name: 'VARCHAR',
      ordinal_position: 'BIGINT',
      is_nullable: 'VARCHAR',
      data_type: 'VARCHAR',
    },
    rows: (table) =>
      table.fields.map((field, i) => [
        ...names(table),
        quoteString(field.name),
        String(i + 1),
        quoteString(field.mode === 'REQUIRED' ? 'NO' : 'YES'),
        quoteString(standardType(field)),
      ]),
  },
  VIEWS: {
    columns: { ...NAMES, view_definition: 'VARCHAR', use_standard_sql: 'VARCHAR' },
    rows: (table) => (table.query === undefined ? [] : [[...names(table), quoteString(table.query), "'YES'"]]),
  },
};

/**
 * `dataset.INFORMATION_SCHEMA.view`, from the catalog.
 *
 * @throws BigQueryError invalidQuery for a view that this server does not know, notFound for the dataset
 */
export function informationSchema(
  catalog: Catalog,
  owner: readonly string[],
  rest: readonly string[],
  defaults: { projectId: string; dataset: DatasetReference | undefined },
): ResolvedTable {
  const name = (rest[0] ?? '').toUpperCase();
  const view = VIEWS[name];
  if (view === undefined || rest.length !== 1) throw unsupported(`INFORMATION_SCHEMA.${rest.join('.')}`);
  const [first, second] = owner;
  const reference =
    first === undefined
      ? defaults.dataset
      : { projectId: second === undefined ? defaults.projectId : first, datasetId: second ?? first };
  if (reference === undefined) throw invalidQuery(`INFORMATION_SCHEMA.${name} must be qualified with a dataset`);
  const rows = [...catalog.dataset(reference).tables.values()].flatMap(view.rows);
  const types = Object.entries(view.columns);
  const nulls = types.map(([column, type]) => `CAST(NULL AS ${type}) AS "${column}"`).join(', ');
  const values = rows.map((row) => `SELECT ${row.map((value, i) => `${value} AS "${types[i]?.[0]}"`).join(', ')}`);
  return { sql: `(${[`SELECT ${nulls} WHERE false`, ...values].join(' UNION ALL ')})`, name };
}

function names({ reference }: Table): string[] {
  return [reference.projectId, reference.datasetId, reference.tableId].map(quoteString);
}

const STANDARD_NAMES: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

/** `ARRAY<STRUCT<a INT64>>`, as INFORMATION_SCHEMA names types. */
function standardType(field: Field): string {
  const inner = (field.fields ?? []).map((one) => `${one.name} ${standardType(one)}`).join(', ');
  const one = field.type === 'RECORD' ? `STRUCT<${inner}>` : (STANDARD_NAMES[field.type] ?? field.type);
  return field.mode === 'REPEATED' ? `ARRAY<${one}>` : one;
}
