import { quoteString } from '../catalog/schema.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import { parseDate, parseDateTime, parseTime, parseTimestamp } from '../values/parse-time.ts';
import { label, Part, type Node } from './ast.ts';
import type { EmitNode } from './context.ts';
import { intervalSql } from './functions/date-parts.ts';

export const MIN_INT64 = -(2n ** 63n);

function integer(text: string): string {
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) throw invalidQuery(`Invalid integer literal: ${text}`);
  return `CAST(${value} AS BIGINT)`;
}

export const literal: EmitNode = (part, translation) => {
  part.only('literal_type', 'value');
  const type = part.text('literal_type') ?? '';
  const value = part.text('value') ?? '';
  if (type === 'number') return /^\d+$/.test(value) ? integer(value) : `CAST('${Number(value)}' AS DOUBLE)`;
  if (type === 'hex_number') return integer(`0x${value}`);
  const node: Node = { literal: { literal_type: type, value } };
  const text = translation.stringLiteral({ literal: { literal_type: 'string', value } });
  const typed = TYPED_LITERALS[type];
  if (typed !== undefined && text !== undefined) return typed(text);
  const bytes = translation.bytesLiteral(node);
  if (bytes !== undefined) return `unhex('${bytes.toString('hex')}')`;
  if (text === undefined || type !== 'string') throw unsupported(`a literal of the kind ${label(type)}`);
  return quoteString(text);
};

function typed(name: string, target: string, parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    if (parse(text) === undefined) throw invalidQuery(`Could not cast literal "${text}" to type ${name}`);
    return `CAST(${quoteString(text)} AS ${target})`;
  };
}

const TYPED_LITERALS: Readonly<Record<string, (text: string) => string>> = {
  timestamp: (text) => {
    const micros = parseTimestamp(text);
    if (micros === undefined) throw invalidQuery(`Could not cast literal "${text}" to type TIMESTAMP`);
    return `make_timestamptz(${micros})`;
  },
  date: typed('DATE', 'DATE', parseDate),
  time: typed('TIME', 'TIME', parseTime),
  datetime: (text) => {
    const micros = parseDateTime(text);
    if (micros === undefined) throw invalidQuery(`Could not cast literal "${text}" to type DATETIME`);
    return `make_timestamp(${micros})`;
  },
};

export const interval: EmitNode = (part, translation) => {
  part.only('this', 'unit');
  const unit = part.part('unit');
  if (unit?.text('type') !== 'simple') throw unsupported('INTERVAL with more than one part');
  const amount = part.node('this');
  const text = translation.stringLiteral(amount) ?? plainString(amount);
  if (text !== undefined && !/^[+-]?\d+$/.test(text.trim())) throw unsupported(`INTERVAL '${text}'`);
  return intervalSql(text?.trim() ?? translation.expression(amount), (unit.text('unit') ?? '').toUpperCase());
};

/** The parser writes the number of an interval as a string of its own. */
function plainString(node: Node): string | undefined {
  const part = Part.of(node);
  return part.kind === 'literal' && /^\d+$/.test(part.text('value') ?? '') ? part.text('value') : undefined;
}
