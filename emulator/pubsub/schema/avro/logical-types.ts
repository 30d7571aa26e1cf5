/**
 * Values of logical types as BigQuery writes them.
 * @see https://cloud.google.com/pubsub/docs/bigquery#avro-logical-types
 */

const DAY_MS = 86_400_000n;
const MICROS_PER_MS = 1000n;
const MICROS_PER_SECOND = 1_000_000n;
/** What a Date holds, on both sides of 1970. */
const MAX_DATE_MS = 8_640_000_000_000_000n;

/** Days since 1970 as `2026-11-20`; a day that no calendar of ours has stays a number. */
export function dateOf(days: bigint): string | bigint {
  const ms = days * DAY_MS;
  return isDate(ms) ? new Date(Number(ms)).toISOString().replace(/T.*/, '') : days;
}

/** Microseconds since 1970 as `2026-11-20T10:30:00.000123Z`. */
export function timestampOf(micros: bigint): string | bigint {
  const fraction = modulo(micros, MICROS_PER_SECOND);
  const ms = (micros - fraction) / MICROS_PER_MS;
  if (!isDate(ms)) return micros;
  return new Date(Number(ms)).toISOString().replace('.000Z', `.${digits(fraction, 6)}Z`);
}

/** Microseconds since midnight as `10:30:00.000123`; what no day has stays a number. */
export function timeOf(micros: bigint): string | bigint {
  return micros >= 0n && micros < DAY_MS * MICROS_PER_MS ? clock(micros) : micros;
}

function clock(micros: bigint): string {
  const seconds = micros / MICROS_PER_SECOND;
  const [hour, minute, second] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n];
  return `${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}.${digits(micros % MICROS_PER_SECOND, 6)}`;
}

/** A big-endian two's-complement number with so many decimal places. */
export function decimalOf(bytes: Buffer, scale: number): string {
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x0${bytes.toString('hex')}`));
  const text = digits(unscaled < 0n ? -unscaled : unscaled, scale + 1);
  const sign = unscaled < 0n ? '-' : '';
  const whole = text.slice(0, text.length - scale);
  return scale > 0 ? `${sign}${whole}.${text.slice(text.length - scale)}` : sign + whole;
}

/** Months, days and milliseconds, little-endian, as BigQuery's canonical INTERVAL. */
export function durationOf(bytes: Buffer): string {
  const [months, days, ms] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  return `${Math.floor(months / 12)}-${months % 12} ${days} ${clock(BigInt(ms) * MICROS_PER_MS)}`;
}

const isDate = (ms: bigint): boolean => ms >= -MAX_DATE_MS && ms <= MAX_DATE_MS;

const digits = (value: bigint, length: number): string => String(value).padStart(length, '0');

const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
