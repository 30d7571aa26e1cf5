import { fieldType, type Field } from '../catalog/schema.ts';
import { unsupported } from '../errors.ts';
import { Part, type Node } from './ast.ts';

/** The parser's names for what BigQuery calls otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  big_int: 'INT64',
  int: 'INT64',
  decimal: 'NUMERIC',
  double: 'FLOAT64',
};

/**
 * A type as it stands in SQL (`CAST(x AS …)`, a column of CREATE TABLE) as a field.
 *
 * @throws BigQueryError invalidQuery for a type that this server does not know
 */
export function typeOf(node: Node, name = ''): Field {
  const type = new Part('type', node);
  const kind = type.text('data_type') ?? '';
  if (kind === 'array') return { ...typeOf(type.node('element_type'), name), mode: 'REPEATED' };
  if (kind === 'struct') {
    const fields = type.nodes('fields').map((field, i) => {
      return typeOf(
        new Part('field', field).node('data_type'),
        new Part('field', field).text('name') || `_field_${i + 1}`,
      );
    });
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  const written = kind === 'custom' ? (type.text('name') ?? '') : (NAMES[kind] ?? kind);
  const known = fieldType(written.replace(/\(.*\)$/, ''));
  if (known === undefined || known === 'RECORD') throw unsupported(`the type ${written.toUpperCase()}`);
  return { name, type: known, mode: 'NULLABLE' };
}
