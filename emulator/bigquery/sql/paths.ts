import { quoteIdentifier, quoteString } from '../catalog/schema.ts';
import { unsupported } from '../errors.ts';
import { Part, type Node } from './ast.ts';
import { callOf } from './calls.ts';
import type { EmitNode } from './context.ts';

export const column: EmitNode = (part, translation) => {
  part.only('name', 'table');
  const name = part.name('name') ?? '';
  const table = part.name('table');
  if (table !== undefined) return `${quoteIdentifier(table)}.${quoteIdentifier(name)}`;
  if (name.startsWith('@') && !part.quoted('name')) return translation.parameter(name.slice(1));
  return translation.scope.aliases.get(name.toLowerCase()) ?? quoteIdentifier(name);
};

const PLAIN_KEY = /^[A-Za-z_][\w-]*$/;

export const dot: EmitNode = (part, translation) => {
  part.only('this', 'field');
  const field = part.name('field') ?? '';
  const owner = part.node('this');
  // DuckDB reads some keys of JSON as paths.
  if (!PLAIN_KEY.test(field)) throw unsupported(`the field name ${field}`);
  const sql = translation.expression(owner);
  return isPath(owner) ? `${sql}.${quoteIdentifier(field)}` : `(${sql}).${quoteIdentifier(field)}`;
};

/** `a.b.c`, which DuckDB resolves itself: `a` may be a table or a column. */
function isPath(node: Node): boolean {
  const part = Part.of(node);
  return part.kind === 'column' || (part.kind === 'dot' && isPath(part.node('this')));
}

export const subscript: EmitNode = (part, translation) => {
  part.only('this', 'index');
  const owner = translation.expression(part.node('this'));
  const index = part.node('index');
  const key = translation.stringLiteral(index);
  if (key !== undefined) {
    if (key.includes('"') || key.includes('\\')) throw unsupported(`the JSON key ${key}`);
    return `json_extract(bq_as_json(${owner}), ${quoteString(`$."${key}"`)})`;
  }
  const call = callOf(index);
  const [position] = call?.args ?? [];
  if (call === undefined || position === undefined) return `bq_subscript(${owner}, ${translation.expression(index)})`;
  const at = translation.expression(position);
  switch (call.name) {
    case 'OFFSET':
      return `bq_array_at(${owner}, ${at} + 1)`;
    case 'ORDINAL':
      return `bq_array_at(${owner}, ${at})`;
    case 'SAFE_OFFSET':
      return `bq_safe_array_at(${owner}, ${at} + 1)`;
    case 'SAFE_ORDINAL':
      return `bq_safe_array_at(${owner}, ${at})`;
    default:
      return `bq_subscript(${owner}, ${translation.expression(index)})`;
  }
};
