/**
 * Dates and times as BigQuery writes them, to the numbers that DuckDB stores. Each function answers undefined for what is
 * none, so that the caller can name the column.
 *
 * @see https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#canonical_format_for_timestamp_literals
 */

const DATE = String.raw`(\d{1,4})-(\d{1,2})-(\d{1,2})`;
const CLOCK = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?`;
const ZONE = String.raw`\s*(Z|z|UTC|[+-]\d{1,2}(?::?\d{2})?)?`;

const DATE_ONLY = new RegExp(`^${DATE}$`);
const TIME_ONLY = new RegExp(`^${CLOCK}$`);
const DATE_TIME = new RegExp(`^${DATE}(?:[Tt ]${CLOCK})?$`);
const TIMESTAMP = new RegExp(`^${DATE}(?:[Tt ]${CLOCK})?${ZONE}$`);

const MICROS_PER_SECOND = 1_000_000n;
const MIN_MICROS = -62_135_596_800_000_000n;
const MAX_MICROS = 253_402_300_799_999_999n;

/** Days since 1970-01-01. */
export function parseDate(text: string): number | undefined {
  const match = DATE_ONLY.exec(text);
  return match === null ? undefined : days(match[1], match[2], match[3]);
}

/** Microseconds since midnight. */
export function parseTime(text: string): bigint | undefined {
  const match = TIME_ONLY.exec(text);
  return match === null ? undefined : clockMicros(match.slice(1));
}

/** Microseconds of a civil time, as if it were UTC. */
export function parseDateTime(text: string): bigint | undefined {
  const match = DATE_TIME.exec(text);
  return match === null ? undefined : civilMicros(match.slice(1));
}

/** Microseconds since the epoch: RFC 3339 or BigQuery's own form; without a zone it is UTC. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return undefined;
  const civil = civilMicros(match.slice(1, 8));
  const offset = zoneMinutes(match[8]);
  if (civil === undefined || offset === undefined) return undefined;
  return inRange(civil - BigInt(offset) * 60n * MICROS_PER_SECOND);
}

/** Seconds since the epoch, with a fraction. Numbers are taken as they print, so that microseconds survive. */
export function parseEpochSeconds(seconds: number | string): bigint | undefined {
  const text = String(seconds);
  const exact = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (exact !== null) {
    const micros = BigInt(exact[2] ?? '0') * MICROS_PER_SECOND + fractionMicros(exact[3]);
    return inRange(exact[1] === '-' ? -micros : micros);
  }
  if (!/^-?\d+(\.\d+)?[eE][+-]?\d+$/.test(text)) return undefined;
  const value = Number(text) * 1e6;
  return Number.isFinite(value) ? inRange(BigInt(Math.round(value))) : undefined;
}

function inRange(micros: bigint): bigint | undefined {
  return micros >= MIN_MICROS && micros <= MAX_MICROS ? micros : undefined;
}

function days(year?: string, month?: string, day?: string): number | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(0);
  date.setUTCFullYear(y, m - 1, d);
  const exists = y >= 1 && date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  return exists ? date.getTime() / 86_400_000 : undefined;
}

function clockMicros([hour, minute, second, fraction]: (string | undefined)[]): bigint | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  return BigInt(h * 3600 + m * 60 + s) * MICROS_PER_SECOND + fractionMicros(fraction);
}

function civilMicros(parts: (string | undefined)[]): bigint | undefined {
  const date = days(parts[0], parts[1], parts[2]);
  const clock = parts[3] === undefined ? 0n : clockMicros(parts.slice(3, 7));
  return date === undefined || clock === undefined ? undefined : BigInt(date) * 86_400n * MICROS_PER_SECOND + clock;
}

function fractionMicros(fraction: string | undefined): bigint {
  return BigInt((fraction ?? '').slice(0, 6).padEnd(6, '0'));
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || /^(z|utc)$/i.test(zone)) return 0;
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return minutes > 24 * 60 ? undefined : match[1] === '-' ? -minutes : minutes;
}
