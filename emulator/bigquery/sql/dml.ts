import type { TableReference } from '../catalog/catalog.ts';
import { quoteIdentifier } from '../catalog/schema.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import { label, Part, type Node } from './ast.ts';
import type { Translation } from './context.ts';
import { fromClause, relation, tablePath } from './from.ts';

/** A statement that changes rows of one table. */
export interface Dml {
  target: TableReference;
  sql: string;
  /** Answers a row where a row of the table would be changed twice. */
  matchedTwice?: string;
}

/** Where the statement's table is: its reference, and its DuckDB name. */
export type FindTarget = (path: readonly string[]) => { reference: TableReference; sql: string };

type Translate = (part: Part, translation: Translation, find: FindTarget) => Dml;

/** INSERT, UPDATE, DELETE, MERGE and TRUNCATE by their names in the parser's tree. */
export const DML: Readonly<Record<string, Translate>> = { insert, update, delete: remove, merge, truncate };

function insert(part: Part, translation: Translation, find: FindTarget): Dml {
  part.only('table', 'columns', 'values', 'query', 'with');
  const { reference, sql } = find(tablePath(new Part('table', part.node('table'))));
  const columns = part.nodes('columns').map(nameOf);
  const list = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  const query = part.find('query');
  const rows = part.raw('values') as Node[][] | undefined;
  const source =
    query === undefined
      ? `VALUES ${(rows ?? []).map((row) => `(${row.map((node) => valueOrDefault(node, translation)).join(', ')})`).join(', ')}`
      : translation.query(query);
  return { target: reference, sql: `INSERT INTO ${sql}${list} ${source}` };
}

function update(part: Part, translation: Translation, find: FindTarget): Dml {
  part.only('table', 'set', 'from_clause', 'where_clause');
  const table = new Part('table', part.node('table')).only('name', 'schema', 'catalog', 'alias');
  const { reference, sql } = find(tablePath(table));
  const alias = table.name('alias') ?? reference.tableId;
  return translation.within({ relations: new Set([alias.toLowerCase()]) }, () => {
    const set = (part.raw('set') as [Node, Node][]).map(
      ([column, value]) => `${assigned(column, alias)} = ${valueOrDefault(value, translation)}`,
    );
    const from = fromClause(part.part('from_clause'), [], translation).sql;
    const where = condition(part, 'UPDATE', translation);
    const name = quoteIdentifier(alias);
    const statement = { target: reference, sql: `UPDATE ${sql} AS ${name} SET ${set.join(', ')}${from} ${where}` };
    if (from === '') return statement;
    const joined = `${sql} AS ${name} CROSS JOIN ${from.slice(' FROM '.length)} ${where}`;
    return { ...statement, matchedTwice: twice(alias, joined) };
  });
}

function remove(part: Part, translation: Translation, find: FindTarget): Dml {
  part.only('table', 'alias', 'where_clause', 'no_from');
  const table = new Part('table', part.node('table'));
  const { reference, sql } = find(tablePath(table));
  const alias = part.name('alias') ?? table.name('alias') ?? reference.tableId;
  return translation.within({ relations: new Set([alias.toLowerCase()]) }, () => {
    const where = condition(part, 'DELETE', translation);
    return { target: reference, sql: `DELETE FROM ${sql} AS ${quoteIdentifier(alias)} ${where}` };
  });
}

function truncate(part: Part, _: Translation, find: FindTarget): Dml {
  part.only('target', 'table');
  const { reference, sql } = find(tablePath(new Part('table', part.node('table'))));
  return { target: reference, sql: `DELETE FROM ${sql}` };
}

function merge(part: Part, translation: Translation, find: FindTarget): Dml {
  part.only('this', 'using', 'on', 'whens');
  const { table, alias: given } = aliased(part.node('this'));
  const { reference, sql } = find(tablePath(table));
  const alias = given ?? reference.tableId;
  const source = aliased(part.node('using'));
  return translation.within({ relations: new Set([alias.toLowerCase()]) }, () => {
    const using = relation(
      source.alias === undefined ? part.node('using') : withAlias(source.table, source.alias),
      translation,
    );
    const on = translation.expression(part.node('on'));
    // The tree holds the clauses as `{whens: {whens: {expressions}}}`.
    const clauses = Part.of(part.node('whens')).nodes('expressions');
    const actions = clauses.map((when) => mergeAction(Part.of(when), alias, translation));
    const head = `MERGE INTO ${sql} AS ${quoteIdentifier(alias)} USING ${using.sql} ON ${on}`;
    const statement = { target: reference, sql: `${head} ${actions.join(' ')}` };
    const changes = actions.some((action) => action.startsWith('WHEN MATCHED'));
    if (!changes) return statement;
    return {
      ...statement,
      matchedTwice: twice(alias, `${sql} AS ${quoteIdentifier(alias)} JOIN ${using.sql} ON ${on}`),
    };
  });
}

function twice(alias: string, joined: string): string {
  return `SELECT 1 FROM ${joined} GROUP BY ${quoteIdentifier(alias)}.rowid HAVING count(*) > 1 LIMIT 1`;
}

/** `t AS x` is a node of its own here, and not a table with an alias. */
function aliased(node: Node): { table: Part; alias: string | undefined } {
  const part = Part.of(node);
  if (part.kind !== 'alias') return { table: part, alias: part.name('alias') };
  return { table: Part.of(part.only('this', 'alias').node('this')), alias: part.name('alias') };
}

function withAlias(table: Part, alias: string): Node {
  return { [table.kind]: { ...table.all, alias: { name: alias } } };
}

function mergeAction(when: Part, alias: string, translation: Translation): string {
  when.only('matched', 'source', 'condition', 'then');
  const matched = Part.of(when.node('matched')).flag('value');
  const bySource = when.has('source') && Part.of(when.node('source')).flag('value');
  const condition = when.find('condition');
  const head = `WHEN ${matched ? 'MATCHED' : bySource ? 'NOT MATCHED BY SOURCE' : 'NOT MATCHED'}`;
  const and = condition === undefined ? '' : ` AND ${translation.expression(condition)}`;
  return `${head}${and} THEN ${mergeChange(Part.of(when.node('then')), alias, translation)}`;
}

function mergeChange(then: Part, alias: string, translation: Translation): string {
  if (then.kind === 'var' && then.text('this') === 'DELETE') return 'DELETE';
  const [verb, first, second] = then.kind === 'tuple' ? then.nodes('expressions') : [];
  const action = verb === undefined ? '' : (Part.of(verb).text('this') ?? '');
  if (first === undefined) throw unsupported(`MERGE … THEN ${label(then.kind)}`);
  const items = Part.of(first).nodes('expressions');
  if (action === 'UPDATE') {
    const set = items.map((item) => {
      const assignment = Part.of(item);
      if (assignment.kind !== 'eq') throw unsupported(`${label(assignment.kind)} in MERGE … UPDATE SET`);
      return `${mergeColumn(assignment.node('left'), alias)} = ${valueOrDefault(assignment.node('right'), translation)}`;
    });
    return `UPDATE SET ${set.join(', ')}`;
  }
  if (action === 'INSERT' && second !== undefined) {
    const columns = items.map((item) => mergeColumn(item, alias));
    const values = Part.of(second)
      .nodes('expressions')
      .map((node) => valueOrDefault(node, translation));
    return `INSERT (${columns.join(', ')}) VALUES (${values.join(', ')})`;
  }
  throw unsupported(`MERGE … THEN ${action} of this form: name the columns`);
}

function mergeColumn(node: Node, alias: string): string {
  const part = Part.of(node);
  if (part.kind === 'identifier') return quoteIdentifier(part.text('name') ?? '');
  const table = part.kind === 'column' ? part.name('table') : undefined;
  if (part.kind !== 'column' || (table !== undefined && table.toLowerCase() !== alias.toLowerCase())) {
    throw unsupported('an assignment to a field');
  }
  return quoteIdentifier(part.name('name') ?? '');
}

/** The column of `SET x.a = …`, which the parser keeps as one name. */
function assigned(column: Node, alias: string): string {
  const name = new Part('name', column).text('name') ?? '';
  const prefix = `${alias.toLowerCase()}.`;
  const plain = name.toLowerCase().startsWith(prefix) ? name.slice(prefix.length) : name;
  if (plain.includes('.')) throw unsupported(`an assignment to the field ${name}`);
  return quoteIdentifier(plain);
}

function nameOf(node: Node): string {
  return quoteIdentifier(new Part('name', node).text('name') ?? '');
}

function valueOrDefault(node: Node, translation: Translation): string {
  const part = Part.of(node);
  const word =
    part.kind === 'var' ? part.text('this') : part.kind === 'column' && !part.has('table') ? part.name('name') : '';
  return word?.toUpperCase() === 'DEFAULT' && !part.quoted('name') ? 'NULL' : translation.expression(node);
}

/** @throws BigQueryError invalidQuery: BigQuery changes all rows only where it is told `WHERE true` */
function condition(part: Part, statement: string, translation: Translation): string {
  const where = part.part('where_clause');
  if (where === undefined) throw invalidQuery(`${statement} must have a WHERE clause`);
  return `WHERE ${translation.condition(where.only('this').node('this'))}`;
}
