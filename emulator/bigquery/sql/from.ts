import { quoteIdentifier } from '../catalog/schema.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import { label, Part, type Node } from './ast.ts';
import type { Translation } from './context.ts';

const JOINS: Readonly<Record<string, string>> = {
  Inner: 'JOIN',
  Left: 'LEFT JOIN',
  Right: 'RIGHT JOIN',
  Full: 'FULL JOIN',
  Cross: 'CROSS JOIN',
  Implicit: 'CROSS JOIN',
};

interface Relation {
  sql: string;
  names: string[];
  /** It may refer to what stands before it. */
  lateral: boolean;
}

/**
 * DuckDB SQL of a FROM clause with its joins, and the names it brings into sight.
 *
 * @throws BigQueryError invalidQuery, notFound
 */
export function fromClause(
  from: Part | undefined,
  joins: readonly Node[],
  translation: Translation,
): { sql: string; relations: ReadonlySet<string> } {
  if (from === undefined) return { sql: '', relations: translation.scope.relations };
  let seen = translation.scope.relations;
  const take = (node: Node): Relation => {
    const one = translation.within({ relations: seen }, () => relation(node, translation));
    seen = new Set([...seen, ...one.names.map((name) => name.toLowerCase())]);
    return one;
  };
  const [first, ...others] = from.only('expressions').nodes('expressions');
  if (first === undefined) throw invalidQuery('Syntax error: FROM without a table');
  let sql = take(first).sql;
  for (const node of others) sql += ` CROSS JOIN ${take(node).sql}`;
  for (const node of joins) sql += joinSql(new Part('join', node), take, translation);
  return { sql: ` FROM ${sql}`, relations: seen };
}

function joinSql(join: Part, take: (node: Node) => Relation, translation: Translation): string {
  join.only('this', 'on', 'using', 'kind', 'nesting_group');
  const kind = JOINS[join.text('kind') ?? ''];
  if (kind === undefined || join.raw('nesting_group') !== 0)
    throw unsupported(`${label(join.text('kind') ?? '')} JOIN of this form`);
  const right = take(join.node('this'));
  const on = join.find('on');
  const using = join.nodes('using');
  const condition =
    on !== undefined
      ? ` ON ${translation.expression(on)}`
      : using.length > 0
        ? ` USING (${using.map((node) => quoteIdentifier(new Part('name', node).text('name') ?? '')).join(', ')})`
        : '';
  if (condition === '' && kind !== 'CROSS JOIN' && !right.lateral) {
    throw invalidQuery(
      `${kind === 'JOIN' ? 'INNER JOIN' : kind} must have an immediately following ON or USING clause`,
    );
  }
  return ` ${kind} ${right.sql}${condition === '' && kind !== 'CROSS JOIN' ? ' ON true' : condition}`;
}

/** DuckDB SQL of one thing that stands in a FROM clause. */
export function relation(node: Node, translation: Translation): Relation {
  const part = Part.of(node);
  switch (part.kind) {
    case 'table':
      return table(part, translation);
    case 'subquery': {
      part.only('this', 'alias');
      const alias = part.name('alias');
      const sql = `(${translation.query(part.node('this'))})`;
      return { sql: sql + as(alias), names: alias === undefined ? [] : [alias], lateral: false };
    }
    case 'unnest':
      return unnest(part, part.name('alias'), translation);
    case 'alias': {
      const inner = Part.of(part.only('this', 'alias').node('this'));
      if (inner.kind === 'unnest') return unnest(inner, part.name('alias'), translation);
      throw unsupported(`${label(inner.kind)} in FROM`);
    }
    case 'joined_table': {
      part.only('left', 'joins');
      const { sql, relations } = fromClause(
        new Part('from', { expressions: [part.node('left')] }),
        part.nodes('joins'),
        translation,
      );
      return { sql: `(${sql.slice(' FROM '.length)})`, names: [...relations], lateral: false };
    }
    case 'function':
      throw unsupported(`the table function ${part.text('name')?.toUpperCase()}`);
    default:
      throw unsupported(`${label(part.kind)} in FROM`);
  }
}

function as(alias: string | undefined): string {
  return alias === undefined ? '' : ` AS ${quoteIdentifier(alias)}`;
}

/** The parts of a table's name: what stands in backticks may hold dots. */
export function tablePath(part: Part): string[] {
  return ['catalog', 'schema', 'name'].flatMap((key) => {
    const name = part.name(key);
    return name === undefined ? [] : name.split('.');
  });
}

function table(part: Part, translation: Translation): Relation {
  part.only('name', 'schema', 'catalog', 'alias');
  const path = tablePath(part);
  const alias = part.name('alias');
  const [first = '', ...rest] = path;
  if (rest.length === 0 && translation.scope.ctes.has(first.toLowerCase())) {
    return { sql: quoteIdentifier(first) + as(alias), names: [alias ?? first], lateral: false };
  }
  // `FROM t, t.items`: a column of a table before it, unnested.
  if (rest.length > 0 && translation.scope.relations.has(first.toLowerCase())) {
    return unnestSql(path.map(quoteIdentifier).join('.'), alias ?? rest.at(-1), undefined);
  }
  const resolved = translation.table(path);
  const name = alias ?? resolved.name;
  return { sql: resolved.sql + as(name), names: [name], lateral: false };
}

function unnest(part: Part, alias: string | undefined, translation: Translation): Relation {
  part.only('this', 'alias', 'with_ordinality', 'offset_alias');
  const offset = part.flag('with_ordinality') ? (part.name('offset_alias') ?? 'offset') : undefined;
  return unnestSql(translation.expression(part.node('this')), alias, offset);
}

/** One row for each element, under the alias; its place, counted from 0, beside it. */
function unnestSql(array: string, alias: string | undefined, offset: string | undefined): Relation {
  // Without an alias a record is its fields; with depth 2 DuckDB makes them columns, and there are no lists of lists.
  const element =
    alias === undefined
      ? 'unnest("_unnested"."_array", max_depth := 2)'
      : `unnest("_unnested"."_array") AS ${quoteIdentifier(alias)}`;
  const place =
    offset === undefined ? '' : `, generate_subscripts("_unnested"."_array", 1) - 1 AS ${quoteIdentifier(offset)}`;
  const sql = `LATERAL (SELECT ${element}${place} FROM (SELECT ${array} AS "_array") AS "_unnested")`;
  return {
    sql: `${sql} AS ${quoteIdentifier(`_unnest_${alias ?? ''}`)}`,
    names: alias === undefined ? [] : [alias],
    lateral: true,
  };
}
