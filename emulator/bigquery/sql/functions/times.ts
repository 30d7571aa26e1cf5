import { quoteString } from '#emulator/bigquery/catalog/schema.ts';
import { unsupported } from '#emulator/bigquery/errors.ts';
import { Part, type Node } from '../ast.ts';
import type { Call } from '../calls.ts';
import type { Translation } from '../context.ts';
import { boundaries, datePart, intervalSql, truncate, UNIT_MICROS } from './date-parts.ts';
import { formatElements, parseElements } from './format-elements.ts';
import { written, type Emit, type FunctionRule } from './registry.ts';

/** DuckDB's name of a type, by the prefix of BigQuery's functions about it. */
const TYPES = { TIMESTAMP: 'TIMESTAMPTZ', DATETIME: 'TIMESTAMP', DATE: 'DATE', TIME: 'TIME' } as const;
type Kind = keyof typeof TYPES;

/** The argument as a value of the kind; a string is converted, another type is refused by {@link bq_is}. */
function as(kind: Kind, sql: string): string {
  return `bq_as_${kind.toLowerCase()}(${sql})`;
}

function arg(call: Call, i: number, translation: Translation): string {
  const node = call.args[i];
  return node === undefined ? 'NULL' : translation.expression(node);
}

function interval(node: Node | undefined, translation: Translation, name: string): string {
  const part = node === undefined ? undefined : Part.of(node);
  if (part?.kind !== 'interval') throw unsupported(`${name} without an INTERVAL`);
  return translation.expression(node ?? {});
}

function shifted(kind: Kind, sign: '+' | '-'): FunctionRule {
  const emit: Emit = (call, translation) => {
    const by = interval(call.args[1], translation, call.name);
    return `CAST(${as(kind, arg(call, 0, translation))} ${sign} ${by} AS ${TYPES[kind]})`;
  };
  return { min: 2, max: 2, emit };
}

function truncated(kind: Kind): FunctionRule {
  const emit: Emit = (call, translation) => {
    const value = as(kind, arg(call, 0, translation));
    const part = datePart(call.args[1]);
    if (call.args[2] === undefined) return `CAST(${truncate(value, part)} AS ${TYPES[kind]})`;
    const zone = arg(call, 2, translation);
    return `timezone(${zone}, CAST(${truncate(`timezone(${zone}, ${value})`, part)} AS TIMESTAMP))`;
  };
  return { min: 2, max: kind === 'TIMESTAMP' ? 3 : 2, emit };
}

/** Calendar boundaries between two dates or civil times. */
function calendarDifference(kind: 'DATE' | 'DATETIME'): FunctionRule {
  const emit: Emit = (call, translation) => {
    const [later, earlier] = [as(kind, arg(call, 0, translation)), as(kind, arg(call, 1, translation))];
    return boundaries(later, earlier, datePart(call.args[2]));
  };
  return { min: 3, max: 3, emit };
}

/** Whole units that have passed, toward zero. */
const timestampDifference: FunctionRule = {
  min: 3,
  max: 3,
  emit: (call, translation) => {
    const { name } = datePart(call.args[2]);
    const micros = UNIT_MICROS[name];
    if (micros === undefined) throw unsupported(`TIMESTAMP_DIFF in ${name}`);
    const [later, earlier] = [as('TIMESTAMP', arg(call, 0, translation)), as('TIMESTAMP', arg(call, 1, translation))];
    return `((epoch_us(${later}) - epoch_us(${earlier})) // ${micros})`;
  },
};

function formatOf(call: Call, translation: Translation): string {
  const [node] = call.args;
  const format = node === undefined ? undefined : translation.stringLiteral(node);
  if (format === undefined) throw unsupported(`${call.name} with a format that is no literal`);
  return format;
}

function formatted(kind: Kind): FunctionRule {
  const emit: Emit = (call, translation) => {
    const zone = call.args[2] === undefined ? undefined : arg(call, 2, translation);
    const format = formatElements(formatOf(call, translation), kind === 'TIMESTAMP' && zone === undefined);
    const value = as(kind, arg(call, 1, translation));
    return `strftime(${zone === undefined ? value : `timezone(${zone}, ${value})`}, ${quoteString(format)})`;
  };
  return { min: 2, max: kind === 'TIMESTAMP' ? 3 : 2, emit };
}

function parsed(kind: Kind): FunctionRule {
  const emit: Emit = (call, translation) => {
    const { format, hasZone } = parseElements(formatOf(call, translation));
    const value = `strptime(${arg(call, 1, translation)}, ${quoteString(format)})`;
    if (kind !== 'TIMESTAMP') return `CAST(${value} AS ${TYPES[kind]})`;
    if (hasZone) return `CAST(${value} AS TIMESTAMPTZ)`;
    const zone = call.args[2] === undefined ? "'UTC'" : arg(call, 2, translation);
    return `timezone(${zone}, CAST(${value} AS TIMESTAMP))`;
  };
  return { min: 2, max: kind === 'TIMESTAMP' ? 3 : 2, emit };
}

function now(kind: Kind): FunctionRule {
  return written(0, 1, (zone) => `CAST(timezone(${zone ?? "'UTC'"}, now()) AS ${TYPES[kind]})`);
}

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions */
export const TIMES: Readonly<Record<string, FunctionRule>> = {
  CURRENT_TIMESTAMP: written(0, 0, () => 'now()'),
  CURRENT_DATE: now('DATE'),
  CURRENT_DATETIME: now('DATETIME'),
  CURRENT_TIME: now('TIME'),
  TIMESTAMP: written(1, 2, (value, zone) =>
    zone === undefined ? `CAST(${value} AS TIMESTAMPTZ)` : `timezone(${zone}, CAST(${value} AS TIMESTAMP))`,
  ),
  DATE: written(1, 3, (first, second, third) => {
    if (third !== undefined) return `make_date(${first}, ${second}, ${third})`;
    return second === undefined
      ? `CAST(${first} AS DATE)`
      : `CAST(timezone(${second}, ${as('TIMESTAMP', first ?? '')}) AS DATE)`;
  }),
  DATETIME: {
    min: 1,
    max: 6,
    emit: (call, translation) => {
      const args = call.args.map((_, i) => arg(call, i, translation));
      if (args.length === 6) return `make_timestamp(${args.slice(0, 5).join(', ')}, CAST(${args[5]} AS DOUBLE))`;
      if (args.length > 2) throw unsupported(`DATETIME with ${args.length} arguments`);
      return args[1] === undefined
        ? `CAST(${args[0]} AS TIMESTAMP)`
        : `CAST(timezone(${args[1]}, ${as('TIMESTAMP', args[0] ?? '')}) AS TIMESTAMP)`;
    },
  },
  TIME: written(1, 1, (value) => `CAST(${value} AS TIME)`),
  TIMESTAMP_TRUNC: truncated('TIMESTAMP'),
  DATETIME_TRUNC: truncated('DATETIME'),
  DATE_TRUNC: truncated('DATE'),
  TIMESTAMP_ADD: shifted('TIMESTAMP', '+'),
  TIMESTAMP_SUB: shifted('TIMESTAMP', '-'),
  DATETIME_ADD: shifted('DATETIME', '+'),
  DATETIME_SUB: shifted('DATETIME', '-'),
  DATE_ADD: shifted('DATE', '+'),
  DATE_SUB: shifted('DATE', '-'),
  TIMESTAMP_DIFF: timestampDifference,
  DATETIME_DIFF: calendarDifference('DATETIME'),
  DATE_DIFF: calendarDifference('DATE'),
  FORMAT_TIMESTAMP: formatted('TIMESTAMP'),
  FORMAT_DATETIME: formatted('DATETIME'),
  FORMAT_DATE: formatted('DATE'),
  PARSE_TIMESTAMP: parsed('TIMESTAMP'),
  PARSE_DATETIME: parsed('DATETIME'),
  PARSE_DATE: parsed('DATE'),
  UNIX_SECONDS: written(1, 1, (value) => `bq_floor_div(epoch_us(${as('TIMESTAMP', value)}), 1000000)`),
  UNIX_MILLIS: written(1, 1, (value) => `bq_floor_div(epoch_us(${as('TIMESTAMP', value)}), 1000)`),
  UNIX_MICROS: written(1, 1, (value) => `epoch_us(${as('TIMESTAMP', value)})`),
  UNIX_DATE: written(1, 1, (value) => `date_diff('day', DATE '1970-01-01', ${as('DATE', value)})`),
  TIMESTAMP_SECONDS: written(1, 1, (value) => `bq_timestamp_micros(CAST(${value} AS BIGINT) * 1000000)`),
  TIMESTAMP_MILLIS: written(1, 1, (value) => `bq_timestamp_micros(CAST(${value} AS BIGINT) * 1000)`),
  TIMESTAMP_MICROS: written(1, 1, (value) => `bq_timestamp_micros(CAST(${value} AS BIGINT))`),
  DATE_FROM_UNIX_DATE: written(1, 1, (value) => `(DATE '1970-01-01' + CAST(${value} AS INTEGER))`),
  LAST_DAY: {
    min: 1,
    max: 2,
    emit: (call, translation) => {
      const part = call.args[1] === undefined ? { name: 'MONTH' } : datePart(call.args[1]);
      const value = as('DATE', arg(call, 0, translation));
      return `CAST(${truncate(value, part)} + ${intervalSql('1', part.name)} - to_days(1) AS DATE)`;
    },
  },
  GENERATE_DATE_ARRAY: {
    min: 2,
    max: 3,
    emit: (call, translation) => {
      const by = call.args[2] === undefined ? 'to_days(1)' : interval(call.args[2], translation, call.name);
      const [from, to] = [as('DATE', arg(call, 0, translation)), as('DATE', arg(call, 1, translation))];
      return `CAST(generate_series(CAST(${from} AS TIMESTAMP), CAST(${to} AS TIMESTAMP), ${by}) AS DATE[])`;
    },
  },
  GENERATE_TIMESTAMP_ARRAY: {
    min: 3,
    max: 3,
    emit: (call, translation) => {
      const by = interval(call.args[2], translation, call.name);
      const [from, to] = [as('TIMESTAMP', arg(call, 0, translation)), as('TIMESTAMP', arg(call, 1, translation))];
      return `generate_series(${from}, ${to}, ${by})`;
    },
  },
};
