import { quoteIdentifier } from '../catalog/schema.ts';
import { invalidQuery } from '../errors.ts';
import { Part, type Node } from './ast.ts';
import type { EmitNode, Translation } from './context.ts';
import { impliedName } from './names.ts';

type StructField = readonly [name: string, value: Node];

/** The fields of `STRUCT(1 AS a, b)` or `(1, 2)`: called what they are given, or what their column is called. */
export function structFields(node: Node): StructField[] | undefined {
  const part = Part.of(node);
  const isCall = part.kind === 'function' && part.text('name')?.toUpperCase() === 'STRUCT';
  if (!isCall && part.kind !== 'tuple') return undefined;
  return part.nodes(isCall ? 'args' : 'expressions').map((item, i): StructField => {
    const inner = Part.of(item);
    const [value, name] =
      inner.kind === 'alias'
        ? [inner.only('this', 'alias').node('this'), inner.name('alias')]
        : [item, isCall ? impliedName(item) : undefined];
    return [name ?? `_field_${i + 1}`, value];
  });
}

export function structSql(fields: readonly StructField[], translation: Translation): string {
  const values = fields.map(([name, value]) => `${quoteIdentifier(name)} := ${translation.expression(value)}`);
  return `struct_pack(${values.join(', ')})`;
}

export const struct: EmitNode = (part, translation) => {
  const fields = (part.raw('fields') as [string | null, Node][]).map(
    ([name, value], i) => `${quoteIdentifier(name ?? `_field_${i + 1}`)} := ${translation.expression(value)}`,
  );
  return `struct_pack(${fields.join(', ')})`;
};

/**
 * The first element gives the fields of all their names, as in BigQuery; DuckDB would take fields by their names and make
 * one type of all that it meets.
 */
export const array: EmitNode = (part, translation) => {
  part.only('expressions');
  const nodes = part.nodes('expressions');
  const names = nodes[0] === undefined ? undefined : structFields(nodes[0])?.map(([name]) => name);
  const elements = nodes.map((node) => {
    const fields = names === undefined ? undefined : structFields(node);
    if (fields === undefined || names === undefined) return translation.expression(node);
    if (fields.length !== names.length)
      throw invalidQuery('Array elements of types STRUCT do not have a common supertype');
    return structSql(
      fields.map(([name, value], i): StructField => [names[i] ?? name, value]),
      translation,
    );
  });
  return `[${elements.join(', ')}]`;
};
