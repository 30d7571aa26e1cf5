import { unsupported } from '../errors.ts';
import { label, Part, type Node } from './ast.ts';
import { callOf } from './calls.ts';
import { castTo } from './casts.ts';
import type { EmitNode, Translation } from './context.ts';
import { extractPart, toDatePart } from './functions/date-parts.ts';
import { functionCall, safe } from './functions/index.ts';
import { typeOf } from './types.ts';
import { windowFunction } from './windows.ts';
import { interval, literal, MIN_INT64 } from './literals.ts';
import { column, dot, subscript } from './paths.ts';
import { array, struct, structFields, structSql } from './structs.ts';

/**
 * DuckDB SQL of an expression.
 *
 * @throws BigQueryError invalidQuery for every kind of node that is not known
 */
export function expression(node: Node, translation: Translation): string {
  const special = specialCall(node, translation);
  if (special !== undefined) return special;
  const call = callOf(node);
  if (call !== undefined) return functionCall(call, translation);
  const part = Part.of(node);
  const emit = NODES[part.kind];
  if (emit === undefined) throw unsupported(label(part.kind));
  return emit(part, translation);
}

function binary(operator: string): EmitNode {
  return (part, translation) => {
    part.only('left', 'right');
    return `(${translation.expression(part.node('left'))} ${operator} ${translation.expression(part.node('right'))})`;
  };
}

function unary(operator: string): EmitNode {
  return (part, translation) => `(${operator} ${translation.expression(part.only('this').node('this'))})`;
}

/** What could be JSON, which BigQuery does not compare: DuckDB would compare its text. */
const MAYBE_JSON = new Set(['column', 'dot', 'subscript', 'json_query', 'json_extract', 'parse_json', 'to_json']);

function comparable(node: Node, translation: Translation): string {
  const sql = translation.expression(node);
  return MAYBE_JSON.has(Part.of(node).kind) ? `bq_comparable(${sql})` : sql;
}

function comparison(operator: string): EmitNode {
  return (part, translation) => {
    part.only('left', 'right');
    const [left, right] = [part.node('left'), part.node('right')];
    const [leftSql, rightSql] = [translation.expression(left), translation.expression(right)];
    // The check names both sides twice, which a subquery would pay for.
    const checked = [left, right].some((node) => Part.of(node).kind === 'subquery')
      ? leftSql
      : `bq_typed(${leftSql}, ${rightSql})`;
    return `(${checked} ${operator} ${rightSql})`;
  };
}

/** A date and an integer: DuckDB adds only its smaller integer to a date. */
function additive(operator: '+' | '-'): EmitNode {
  return (part, translation) => {
    part.only('left', 'right');
    const small = translation.integerLiteral(part.node('right'));
    const both = small !== undefined && translation.integerLiteral(part.node('left')) !== undefined;
    const right =
      small !== undefined && !both && Math.abs(small) < 2 ** 31
        ? String(small)
        : translation.expression(part.node('right'));
    return `(${translation.expression(part.node('left'))} ${operator} ${right})`;
  };
}

const inList: EmitNode = (part, translation) => {
  part.only('this', 'expressions', 'query', 'unnest', 'not');
  const value = comparable(part.node('this'), translation);
  const not = part.flag('not') ? 'NOT ' : '';
  const query = part.find('query');
  if (query !== undefined) return `(${value} ${not}IN (${translation.query(query)}))`;
  const array = part.find('unnest');
  if (array !== undefined) return `(${value} ${not}IN (SELECT unnest(${translation.expression(array)})))`;
  return `(${value} ${not}IN (${part
    .nodes('expressions')
    .map((node) => translation.expression(node))
    .join(', ')}))`;
};

const caseWhen: EmitNode = (part, translation) => {
  part.only('operand', 'whens', 'else_');
  const operand = part.find('operand');
  const whens = (part.raw('whens') as [Node, Node][]).map(
    ([when, then]) =>
      `WHEN ${operand === undefined ? condition(when, translation) : translation.expression(when)} THEN ${translation.expression(then)}`,
  );
  const otherwise = part.find('else_');
  const head = operand === undefined ? '' : `${comparable(operand, translation)} `;
  return `CASE ${head}${whens.join(' ')}${otherwise === undefined ? '' : ` ELSE ${translation.expression(otherwise)}`} END`;
};

const like: EmitNode = (part, translation) => {
  part.only('left', 'right');
  const [left, right] = [comparable(part.node('left'), translation), translation.expression(part.node('right'))];
  return `(${left} LIKE ${right} ESCAPE '\\')`;
};

const extract: EmitNode = (part, translation) => {
  part.only('this', 'field');
  const field = part.raw('field');
  const zoned = Part.of(part.node('this'));
  const value =
    zoned.kind === 'at_time_zone'
      ? `timezone(${translation.expression(zoned.node('zone'))}, bq_as_timestamp(${translation.expression(zoned.node('this'))}))`
      : translation.expression(part.node('this'));
  if (typeof field === 'string') return extractPart(value, toDatePart(field.toUpperCase()), false);
  const [[kind, name] = ['', '']] = Object.entries((field ?? {}) as Record<string, string>);
  if (kind === 'WeekWithModifier') return extractPart(value, toDatePart('WEEK', name), false);
  return extractPart(value, { name: name.toUpperCase() }, name.toUpperCase() === 'ISOWEEK');
};

const cast: EmitNode = (part, translation) => {
  part.only('this', 'to');
  return castTo(typeOf(part.node('to')), translation.expression(part.node('this')));
};

/** Calls whose arguments are no plain expressions. */
function specialCall(node: Node, translation: Translation): string | undefined {
  const part = Part.of(node);
  if (part.kind !== 'function') return undefined;
  const name = part.text('name')?.toUpperCase();
  const args = part.nodes('args');
  if (name === 'STRUCT') return structSql(structFields(node) ?? [], translation);
  const [query, ...others] = args;
  return name === 'ARRAY' && query !== undefined && others.length === 0
    ? `ARRAY(${translation.query(query)})`
    : undefined;
}

/** What is BOOL by its form needs no check that it is. */
const BOOLEAN_FORMS = new Set(
  'and or not eq neq lt lte gt gte is_null is_true is_false in like between exists boolean null null_safe_eq null_safe_neq'.split(
    ' ',
  ),
);

/** DuckDB SQL of a condition; where it is no BOOL, the query fails, and is not converted. */
export function condition(node: Node, translation: Translation): string {
  const part = Part.of(node);
  if (part.kind === 'paren') return `(${condition(part.only('this').node('this'), translation)})`;
  const sql = translation.expression(node);
  return BOOLEAN_FORMS.has(part.kind) ? sql : `bq_condition(${sql})`;
}

function logical(operator: 'AND' | 'OR'): EmitNode {
  return (part, translation) => {
    part.only('left', 'right');
    return `(${condition(part.node('left'), translation)} ${operator} ${condition(part.node('right'), translation)})`;
  };
}

const NODES: Readonly<Record<string, EmitNode>> = {
  last_day: (part, translation) => {
    part.only('this', 'unit');
    const unit: Node = { var: { this: (part.text('unit') ?? 'MONTH').toUpperCase() } };
    return translation.expression({ function: { name: 'LAST_DAY', args: [part.node('this'), unit] } });
  },
  literal,
  column,
  dot,
  subscript,
  interval,
  extract,
  cast,
  struct,
  array,
  array_func: array,
  in: inList,
  case: caseWhen,
  like,
  safe_cast: (part, translation) => {
    part.only('this', 'to');
    return safe(castTo(typeOf(part.node('to')), translation.expression(part.node('this'))));
  },
  null: () => 'NULL',
  boolean: (part) => (part.flag('value') ? 'true' : 'false'),
  paren: (part, translation) => `(${translation.expression(part.only('this').node('this'))})`,
  annotated: (part, translation) => translation.expression(part.node('this')),
  placeholder: (_, translation) => translation.parameter(undefined),
  parameter: (part) => {
    throw unsupported(`the system variable @@${part.text('name')}`);
  },
  neg: (part, translation) => {
    const inner = Part.of(part.only('this').node('this'));
    if (inner.kind === 'literal' && inner.text('value') === String(-MIN_INT64)) return `CAST(${MIN_INT64} AS BIGINT)`;
    return `(- ${translation.expression(part.node('this'))})`;
  },
  not: (part, translation) => `(NOT ${condition(part.only('this').node('this'), translation)})`,
  bitwise_not: unary('~'),
  and: logical('AND'),
  or: logical('OR'),
  add: additive('+'),
  sub: additive('-'),
  mul: binary('*'),
  div: (part, translation) => {
    part.only('left', 'right');
    return `bq_divide(${translation.expression(part.node('left'))}, ${translation.expression(part.node('right'))})`;
  },
  concat: binary('||'),
  bitwise_and: binary('&'),
  bitwise_or: binary('|'),
  bitwise_xor: (part, translation) =>
    `xor(${translation.expression(part.node('left'))}, ${translation.expression(part.node('right'))})`,
  bitwise_left_shift: binary('<<'),
  bitwise_right_shift: binary('>>'),
  eq: comparison('='),
  neq: comparison('<>'),
  lt: comparison('<'),
  lte: comparison('<='),
  gt: comparison('>'),
  gte: comparison('>='),
  null_safe_eq: comparison('IS NOT DISTINCT FROM'),
  null_safe_neq: comparison('IS DISTINCT FROM'),
  is_null: (part, translation) => {
    return `(${translation.expression(part.only('this', 'not').node('this'))} IS ${part.flag('not') ? 'NOT ' : ''}NULL)`;
  },
  is_true: (part, translation) => {
    return `(${translation.expression(part.only('this', 'not').node('this'))} IS ${part.flag('not') ? 'NOT ' : ''}TRUE)`;
  },
  is_false: (part, translation) => {
    return `(${translation.expression(part.only('this', 'not').node('this'))} IS ${part.flag('not') ? 'NOT ' : ''}FALSE)`;
  },
  between: (part, translation) => {
    part.only('this', 'low', 'high', 'not');
    const [low, high] = [translation.expression(part.node('low')), translation.expression(part.node('high'))];
    return `(${comparable(part.node('this'), translation)} ${part.flag('not') ? 'NOT ' : ''}BETWEEN ${low} AND ${high})`;
  },
  tuple: (part, translation) => structSql(structFields({ tuple: part.all }) ?? [], translation),
  exists: (part, translation) => `EXISTS (${translation.query(part.only('this').node('this'))})`,
  subquery: (part, translation) => `(${translation.query(part.only('this').node('this'))})`,
  window_function: windowFunction,
};
