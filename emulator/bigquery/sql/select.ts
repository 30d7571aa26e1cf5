import { quoteIdentifier } from '../catalog/schema.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import { label, Part, type Node } from './ast.ts';
import { callOf } from './calls.ts';
import type { Translation } from './context.ts';
import { fromClause } from './from.ts';
import { impliedName } from './names.ts';
import { windowSpec } from './windows.ts';

const SET_OPERATIONS: Readonly<Record<string, string>> = { union: 'UNION', except: 'EXCEPT', intersect: 'INTERSECT' };

/**
 * DuckDB SQL of a query.
 *
 * @throws BigQueryError invalidQuery
 */
export function query(node: Node, translation: Translation): string {
  const part = Part.of(node);
  return withCtes(part, translation, () => {
    if (part.kind === 'select') return select(part, translation);
    if (part.kind in SET_OPERATIONS) return setOperation(part, translation);
    if (part.kind === 'subquery') {
      part.only('this', 'order_by', 'limit', 'offset', 'with');
      const sql = `(${translation.query(part.node('this'))})`;
      return part.has('order_by') || part.has('limit') ? `SELECT * FROM ${sql}${tail(part, translation)}` : sql;
    }
    throw unsupported(label(part.kind));
  });
}

function withCtes(part: Part, translation: Translation, work: () => string): string {
  const clause = part.part('with')?.only('ctes', 'recursive');
  if (clause === undefined) return translation.within({ aliases: new Map() }, work);
  const recursive = clause.flag('recursive');
  const parts = clause.nodes('ctes').map((node) => new Part('cte', node).only('alias', 'this'));
  const names = new Set(translation.scope.ctes);
  if (recursive) for (const cte of parts) names.add((cte.name('alias') ?? '').toLowerCase());
  const ctes = parts.map((cte) => {
    const name = cte.name('alias') ?? '';
    const sql = translation.within({ ctes: new Set(names), relations: new Set() }, () =>
      translation.query(cte.node('this')),
    );
    names.add(name.toLowerCase());
    return `${quoteIdentifier(name)} AS (${sql})`;
  });
  const body = translation.within({ ctes: names, aliases: new Map() }, work);
  return `WITH ${recursive ? 'RECURSIVE ' : ''}${ctes.join(', ')} ${body}`;
}

function setOperation(part: Part, translation: Translation): string {
  part.only('left', 'right', 'all', 'distinct', 'order_by', 'limit', 'offset', 'with');
  const operator = SET_OPERATIONS[part.kind] ?? '';
  const all = part.flag('all');
  if (!all && !part.flag('distinct'))
    throw invalidQuery(`Syntax error: Expected keyword ALL or keyword DISTINCT after ${operator}`);
  if (all && operator !== 'UNION') throw unsupported(`${operator} ALL`);
  const side = (node: Node): string => {
    const sql = translation.query(node);
    return Part.of(node).kind === 'select' && !sql.startsWith('WITH') ? sql : sql.startsWith('(') ? sql : `(${sql})`;
  };
  return `${side(part.node('left'))} ${operator}${all ? ' ALL' : ''} ${side(part.node('right'))}${tail(part, translation)}`;
}

const SELECT_PARTS = [
  'expressions',
  'from',
  'joins',
  'where_clause',
  'group_by',
  'having',
  'qualify',
  'order_by',
  'limit',
  'offset',
  'distinct',
  'with',
  'windows',
  'kind',
];

function select(part: Part, translation: Translation): string {
  part.only(...SELECT_PARTS);
  const from = fromClause(part.part('from'), part.nodes('joins'), translation);
  return translation.within({ relations: from.relations }, () => {
    const items = selectList(part.nodes('expressions'), translation);
    const aliases = new Map(
      items.filter(({ alias }) => alias !== undefined).map(({ alias, sql }) => [alias ?? '', sql]),
    );
    const visible = <T>(work: () => T): T => translation.within({ aliases }, work);
    const where = part.part('where_clause');
    const having = part.part('having');
    const qualify = part.part('qualify');
    const windows = part.nodes('windows').map((node) => {
      const window = new Part('window', node).only('name', 'spec');
      const spec = new Part('spec', window.node('spec'));
      return `${quoteIdentifier(window.name('name') ?? '')} AS ${windowSpec(spec, translation)}`;
    });
    return [
      `SELECT ${part.flag('distinct') ? 'DISTINCT ' : ''}${listSql(part, items)}${from.sql}`,
      ...(where === undefined ? [] : [`WHERE ${translation.condition(where.only('this').node('this'))}`]),
      ...groupBy(part.part('group_by'), items, translation),
      ...(having === undefined
        ? []
        : [`HAVING ${visible(() => translation.condition(having.only('this').node('this')))}`]),
      ...(windows.length === 0 ? [] : [`WINDOW ${windows.join(', ')}`]),
      ...(qualify === undefined
        ? []
        : [`QUALIFY ${visible(() => translation.condition(qualify.only('this').node('this')))}`]),
    ]
      .join(' ')
      .concat(visible(() => tail(part, translation)));
  });
}

interface SelectItem {
  sql: string;
  /** The alias it was given, in lower case. */
  alias: string | undefined;
  /** What it is called in the result. */
  name: string | undefined;
}

function selectList(nodes: readonly Node[], translation: Translation): SelectItem[] {
  let unnamed = 0;
  return nodes.map((node) => {
    const part = Part.of(node);
    if (part.kind === 'star') return { sql: star(part, translation), alias: undefined, name: undefined };
    const [value, given] =
      part.kind === 'alias' ? [part.only('this', 'alias').node('this'), part.name('alias')] : [node, undefined];
    const name = given ?? impliedName(value) ?? `f${unnamed++}_`;
    return { sql: translation.expression(value), alias: given?.toLowerCase(), name };
  });
}

function star(part: Part, translation: Translation): string {
  part.only('table', 'except', 'replace');
  const table = part.name('table');
  const except = part.nodes('except').map((node) => quoteIdentifier(new Part('name', node).text('name') ?? ''));
  const replace = part.nodes('replace').map((node) => {
    const item = new Part('replace', node);
    return `${translation.expression(item.node('this'))} AS ${quoteIdentifier(item.name('alias') ?? '')}`;
  });
  return [
    `${table === undefined ? '' : `${quoteIdentifier(table)}.`}*`,
    ...(except.length === 0 ? [] : [`EXCLUDE (${except.join(', ')})`]),
    ...(replace.length === 0 ? [] : [`REPLACE (${replace.join(', ')})`]),
  ].join(' ');
}

function listSql(part: Part, items: readonly SelectItem[]): string {
  const kind = part.text('kind');
  if (kind === 'STRUCT') {
    const fields = items.map(({ sql, name }) => {
      if (name === undefined) throw unsupported('SELECT AS STRUCT *');
      return `${quoteIdentifier(name)} := ${sql}`;
    });
    return `struct_pack(${fields.join(', ')})`;
  }
  if (kind === 'VALUE' && items.length !== 1) throw invalidQuery('SELECT AS VALUE query must have exactly one column');
  if (kind !== undefined && kind !== 'VALUE') throw unsupported(`SELECT AS ${kind}`);
  return items.map(({ sql, name }) => (name === undefined ? sql : `${sql} AS ${quoteIdentifier(name)}`)).join(', ');
}

/**
 * In BigQuery a name in GROUP BY is the SELECT list's alias before it is a column; in DuckDB it is the other way round, and
 * `SELECT DATE(ts) AS ts … GROUP BY ts` would group by the instant.
 */
function groupBy(clause: Part | undefined, items: readonly SelectItem[], translation: Translation): string[] {
  if (clause === undefined) return [];
  clause.only('expressions', 'all');
  if (clause.flag('all')) return ['GROUP BY ALL'];
  const one = (node: Node): string => {
    const ordinal = translation.integerLiteral(node);
    if (ordinal !== undefined) return String(ordinal);
    const place = items.findIndex(({ alias }) => alias !== undefined && alias === plainName(node));
    if (place < 0) return translation.expression(node);
    const countable = items.slice(0, place).every(({ name }) => name !== undefined);
    return countable ? String(place + 1) : (items[place]?.sql ?? '');
  };
  const spelled = (node: Node): string => {
    const ordinal = translation.integerLiteral(node);
    const item =
      ordinal === undefined
        ? items.find(({ alias }) => alias !== undefined && alias === plainName(node))
        : items[ordinal - 1];
    if (ordinal !== undefined && item === undefined) throw invalidQuery(`GROUP BY position ${ordinal} is out of range`);
    return item?.sql ?? translation.expression(node);
  };
  const set = (node: Node): string => {
    const part = Part.of(node);
    if (part.kind === 'tuple') return `(${part.nodes('expressions').map(spelled).join(', ')})`;
    return spelled(part.kind === 'paren' ? part.node('this') : node);
  };
  const grouped = clause.nodes('expressions').map((node) => {
    const call = Part.of(node).kind === 'function' ? callOf(node) : undefined;
    if (call !== undefined && ['ROLLUP', 'CUBE', 'GROUPING SETS'].includes(call.name)) {
      return `${call.name} (${call.args.map(set).join(', ')})`;
    }
    return one(node);
  });
  return [`GROUP BY ${grouped.join(', ')}`];
}

function plainName(node: Node): string | undefined {
  const part = Part.of(node);
  return part.kind === 'column' && !part.has('table') ? part.name('name')?.toLowerCase() : undefined;
}

/** ORDER BY, LIMIT and OFFSET. */
function tail(part: Part, translation: Translation): string {
  const order = part.part('order_by')?.only('expressions').nodes('expressions') ?? [];
  const bound = (key: 'limit' | 'offset'): string => {
    const node = part.find(key);
    if (node === undefined) return '';
    const inner = 'this' in node ? new Part(key, node).only('this').node('this') : node;
    const literal = translation.integerLiteral(inner);
    if (literal !== undefined) return ` ${key.toUpperCase()} ${literal}`;
    const column = Part.of(inner);
    const isParameter = column.kind === 'placeholder' || (column.name('name') ?? '').startsWith('@');
    if (!isParameter) throw invalidQuery(`Syntax error: ${key.toUpperCase()} takes an integer literal or parameter`);
    return ` ${key.toUpperCase()} ${translation.expression(inner)}`;
  };
  return `${order.length === 0 ? '' : ` ORDER BY ${translation.order(order)}`}${bound('limit')}${bound('offset')}`;
}

/** BigQuery sorts NULL before everything; DuckDB does not unless told. A plain alias stays one; an ordinal stays one. */
export function orderBy(nodes: readonly Node[], translation: Translation): string {
  return nodes
    .map((node) => {
      const item = new Part('order', node).only('this', 'desc', 'nulls_first', 'explicit_asc');
      const value = item.node('this');
      const ordinal = translation.integerLiteral(value);
      const alias = plainName(value);
      const sql =
        ordinal !== undefined
          ? String(ordinal)
          : alias !== undefined && translation.scope.aliases.has(alias)
            ? quoteIdentifier(alias)
            : translation.expression(value);
      const desc = item.flag('desc');
      const nullsFirst = typeof item.raw('nulls_first') === 'boolean' ? item.flag('nulls_first') : !desc;
      return `${sql} ${desc ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
    })
    .join(', ');
}
