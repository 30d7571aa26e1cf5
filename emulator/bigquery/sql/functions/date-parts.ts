import { invalidQuery, unsupported } from '#emulator/bigquery/errors.ts';
import { Part, type Node } from '../ast.ts';

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** A part of a date or time; a week begins on `weekStart` (0 is Sunday). */
export interface DatePart {
  name: string;
  weekStart?: number;
}

/** `DAY`, `WEEK`, `WEEK(MONDAY)` … of a node. */
export function datePart(node: Node | undefined): DatePart {
  const part = node === undefined ? undefined : Part.of(node);
  if (part?.kind === 'function' && part.text('name')?.toUpperCase() === 'WEEK') {
    const [day] = part.nodes('args');
    return toDatePart('WEEK', datePart(day).name);
  }
  const name = part?.kind === 'var' ? part.text('this') : part?.kind === 'column' ? part.name('name') : undefined;
  if (name === undefined) throw invalidQuery('A date part was expected (such as DAY)');
  return toDatePart(name.toUpperCase());
}

export function toDatePart(name: string, weekday = 'SUNDAY'): DatePart {
  if (name === 'ISOWEEK') return { name: 'WEEK', weekStart: 1 };
  if (name !== 'WEEK') return { name };
  const weekStart = WEEKDAYS.indexOf(weekday.toUpperCase());
  if (weekStart < 0) throw invalidQuery(`Invalid date part: WEEK(${weekday})`);
  return { name: 'WEEK', weekStart };
}

const UNITS: Readonly<Record<string, (amount: string) => string>> = {
  MICROSECOND: (amount) => `to_microseconds(CAST(${amount} AS BIGINT))`,
  MILLISECOND: (amount) => `to_microseconds(CAST(${amount} AS BIGINT) * 1000)`,
  SECOND: (amount) => `to_microseconds(CAST(${amount} AS BIGINT) * 1000000)`,
  MINUTE: (amount) => `to_microseconds(CAST(${amount} AS BIGINT) * 60000000)`,
  HOUR: (amount) => `to_microseconds(CAST(${amount} AS BIGINT) * 3600000000)`,
  DAY: (amount) => `to_days(CAST(${amount} AS INTEGER))`,
  WEEK: (amount) => `to_days(CAST(${amount} AS INTEGER) * 7)`,
  MONTH: (amount) => `to_months(CAST(${amount} AS INTEGER))`,
  QUARTER: (amount) => `to_months(CAST(${amount} AS INTEGER) * 3)`,
  YEAR: (amount) => `to_months(CAST(${amount} AS INTEGER) * 12)`,
};

/** Whole microseconds of the units that have a fixed length. */
export const UNIT_MICROS: Readonly<Record<string, string>> = {
  MICROSECOND: '1',
  MILLISECOND: '1000',
  SECOND: '1000000',
  MINUTE: '60000000',
  HOUR: '3600000000',
  DAY: '86400000000',
};

/** A DuckDB interval of `amount` (SQL) units. */
export function intervalSql(amount: string, unit: string): string {
  const make = UNITS[unit];
  if (make === undefined) throw unsupported(`INTERVAL with the part ${unit}`);
  return make(amount);
}

const TRUNCATIONS = new Set([
  'MICROSECOND',
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'MONTH',
  'QUARTER',
  'YEAR',
]);

/** `date_trunc` over a DATE, TIMESTAMP or TIMESTAMPTZ in SQL, with BigQuery's weeks. */
export function truncate(value: string, { name, weekStart }: DatePart): string {
  if (weekStart !== undefined) {
    // DuckDB's weeks begin on Monday.
    const shift = (1 - weekStart + 7) % 7;
    return shift === 0
      ? `date_trunc('week', ${value})`
      : `(date_trunc('week', ${value} + to_days(${shift})) - to_days(${shift}))`;
  }
  if (name === 'ISOYEAR') return `date_trunc('isoyear', ${value})`;
  if (!TRUNCATIONS.has(name)) throw unsupported(`truncation to ${name}`);
  return `date_trunc('${name.toLowerCase()}', ${value})`;
}

/** How many boundaries of the part lie between two DATEs or DATETIMEs in SQL. */
export function boundaries(later: string, earlier: string, part: DatePart): string {
  if (part.weekStart !== undefined) {
    return `(date_diff('day', ${truncate(earlier, part)}, ${truncate(later, part)}) // 7)`;
  }
  if (part.name === 'ISOYEAR') return `(isoyear(${later}) - isoyear(${earlier}))`;
  if (!TRUNCATIONS.has(part.name)) throw unsupported(`a difference in ${part.name}`);
  return `date_diff('${part.name.toLowerCase()}', ${earlier}, ${later})`;
}

/** EXTRACT of a part from SQL. */
export function extractPart(value: string, { name, weekStart }: DatePart, iso: boolean): string {
  if (iso) return `CAST(week(${value}) AS BIGINT)`;
  switch (name) {
    case 'WEEK':
      if (weekStart === 0) return `CAST(strftime(${value}, '%U') AS BIGINT)`;
      if (weekStart === 1) return `CAST(strftime(${value}, '%W') AS BIGINT)`;
      throw unsupported('EXTRACT(WEEK(…)) other than SUNDAY and MONDAY');
    case 'DAYOFWEEK':
      return `(dayofweek(${value}) + 1)`;
    case 'MILLISECOND':
      return `(millisecond(${value}) % 1000)`;
    case 'MICROSECOND':
      return `(microsecond(${value}) % 1000000)`;
    case 'DATE':
      return `CAST(${value} AS DATE)`;
    case 'TIME':
      return `CAST(${value} AS TIME)`;
    case 'DATETIME':
      return `CAST(${value} AS TIMESTAMP)`;
    case 'YEAR':
    case 'MONTH':
    case 'DAY':
    case 'HOUR':
    case 'MINUTE':
    case 'SECOND':
    case 'QUARTER':
    case 'DAYOFYEAR':
    case 'ISOYEAR':
      return `${name.toLowerCase()}(${value})`;
    default:
      throw unsupported(`EXTRACT(${name})`);
  }
}
