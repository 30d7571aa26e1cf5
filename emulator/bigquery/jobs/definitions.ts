import { tableName, type Metadata, type TableReference } from '../catalog/catalog.ts';
import type { Field } from '../catalog/schema.ts';
import { describe } from '../engine/run.ts';
import { BigQueryError, unsupported } from '../errors.ts';
import { Part, type Node } from '../sql/ast.ts';
import { tablePath } from '../sql/from.ts';
import { typeOf } from '../sql/types.ts';
import type { TableResolver } from '../sql/resolve.ts';
import type { Translator } from '../sql/translator.ts';
import type { Warehouse } from '../warehouse.ts';

/** What a definition needs of the statement it stands in. */
export interface Statement {
  part: Part;
  /** The statement as it was written. */
  source: string;
  translator: Translator;
  resolver: TableResolver;
}

/** Does what the statement says, and answers what kind of statement it was. */
type Define = (warehouse: Warehouse, statement: Statement) => Promise<string>;

/** CREATE and DROP by their names in the parser's tree. */
export const DEFINITIONS: Readonly<Record<string, Define>> = {
  create_table: createTable,
  create_view: createView,
  drop_table: (warehouse, { part, resolver }) => {
    part.only('names', 'if_exists');
    const references = part.nodes('names').map((name) => resolver.reference(tablePath(new Part('name', name))));
    return drop(warehouse, references, part.flag('if_exists'), ['TABLE'], 'DROP_TABLE');
  },
  drop_view: (warehouse, { part, resolver }) => {
    part.only('name', 'if_exists', 'materialized');
    const reference = resolver.reference(tablePath(new Part('name', part.node('name'))));
    const [type, statement] = part.flag('materialized')
      ? (['MATERIALIZED_VIEW', 'DROP_MATERIALIZED_VIEW'] as const)
      : (['VIEW', 'DROP_VIEW'] as const);
    return drop(warehouse, [reference], part.flag('if_exists'), [type], statement);
  },
};

async function drop(
  warehouse: Warehouse,
  references: readonly TableReference[],
  ifExists: boolean,
  types: readonly string[],
  statement: string,
): Promise<string> {
  for (const reference of references) {
    const table = warehouse.catalog.findTable(reference);
    if (table === undefined && ifExists) continue;
    const { type } = warehouse.catalog.table(reference);
    if (!types.includes(type))
      throw new BigQueryError('invalid', `${tableName(reference)} is a ${type}, not a ${types.join()}`);
    await warehouse.deleteTable(reference);
  }
  return statement;
}

async function createTable(warehouse: Warehouse, { part, translator, resolver }: Statement): Promise<string> {
  part.only('name', 'columns', 'properties', 'or_replace', 'if_not_exists', 'as_select');
  const reference = resolver.reference(tablePath(new Part('name', part.node('name'))));
  const select = part.find('as_select');
  const statement = select === undefined ? 'CREATE_TABLE' : 'CREATE_TABLE_AS_SELECT';
  const existing = warehouse.catalog.findTable(reference);
  if (existing !== undefined && part.flag('if_not_exists')) return statement;
  if (existing !== undefined && !part.flag('or_replace')) warehouse.catalog.assertTableCanBeMade(reference);
  if (existing !== undefined && existing.type !== 'TABLE') {
    throw new BigQueryError('invalid', `Cannot replace ${tableName(reference)}: it is a ${existing.type}`);
  }
  const columns = part.nodes('columns').map(columnOf);
  const source = select === undefined ? undefined : translator.query(select);
  const selected = source === undefined ? [] : await describe(warehouse.engine, source);
  const fields = columns.length > 0 ? columns : selected;
  const resource: Metadata = { schema: { fields }, ...propertiesOf(part.nodes('properties')) };
  const filled = source === undefined ? undefined : { source, columns: selected };
  await warehouse.replaceTable(reference, resource, filled);
  return statement;
}

function columnOf(node: Node): Field {
  const column = new Part('column', node).only('name', 'data_type', 'nullable', 'constraints', 'constraint_order');
  for (const constraint of column.nodes('constraints')) {
    if (Part.of(constraint).kind !== 'NotNull')
      throw unsupported(`the constraint ${Part.of(constraint).kind} of a column`);
  }
  const field = typeOf(column.node('data_type'), column.name('name') ?? '');
  const required = column.raw('nullable') === false || column.nodes('constraints').length > 0;
  return required && field.mode !== 'REPEATED' ? { ...field, mode: 'REQUIRED' } : field;
}

function propertiesOf(nodes: readonly Node[]): Metadata {
  const resource: Metadata = {};
  for (const node of nodes) {
    const property = Part.of(node);
    if (property.kind === 'partition_by_property') {
      resource['timePartitioning'] = partitioning(property.nodes('expressions'));
    } else if (property.kind === 'cluster_by_columns_property') {
      const fields = property.nodes('columns').map((column) => new Part('name', column).text('name') ?? '');
      resource['clustering'] = { fields };
    } else {
      throw unsupported(`${property.kind.replaceAll('_', ' ')} in CREATE TABLE`);
    }
  }
  return resource;
}

/** `PARTITION BY d`, `DATE(ts)` or `TIMESTAMP_TRUNC(ts, HOUR)`. */
function partitioning([node, ...others]: readonly Node[]): Metadata {
  const part = node === undefined ? undefined : Part.of(node);
  const of = (type: string, column: Node | undefined): Metadata => {
    const field = column === undefined ? undefined : Part.of(column).name('name');
    if (field === undefined || others.length > 0) throw unsupported('this PARTITION BY');
    return { type, field };
  };
  if (part?.kind === 'column') return of('DAY', node);
  if (part?.kind !== 'function') throw unsupported('this PARTITION BY');
  const [column, unit] = part.nodes('args');
  if (part.text('name')?.toUpperCase() === 'DATE') return of('DAY', column);
  const type = unit === undefined ? '' : (Part.of(unit).text('this') ?? '').toUpperCase();
  if (!['HOUR', 'DAY', 'MONTH', 'YEAR'].includes(type)) throw unsupported('this PARTITION BY');
  return of(type, column);
}

async function createView(warehouse: Warehouse, { part, source, resolver }: Statement): Promise<string> {
  part.only('name', 'query', 'or_replace', 'if_not_exists', 'materialized');
  const reference = resolver.reference(tablePath(new Part('name', part.node('name'))));
  const [key, statement] = part.flag('materialized')
    ? (['materializedView', 'CREATE_MATERIALIZED_VIEW'] as const)
    : (['view', 'CREATE_VIEW'] as const);
  const existing = warehouse.catalog.findTable(reference);
  if (existing !== undefined && part.flag('if_not_exists')) return statement;
  // The query as it was written: what follows the first AS of the statement.
  const query = /\bAS\b\s*(?=\(|SELECT\b|WITH\b)([\s\S]*?);?\s*$/i.exec(source)?.[1];
  if (query === undefined) throw unsupported('CREATE VIEW of this form');
  const resource = { [key]: { query } };
  if (existing !== undefined && part.flag('or_replace') && existing.type !== 'TABLE') {
    await warehouse.updateTable(reference, resource);
  } else {
    await warehouse.createTable(reference, resource);
  }
  return statement;
}
