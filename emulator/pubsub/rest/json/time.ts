/** `google.protobuf.Duration` or `google.protobuf.Timestamp`. */
export interface SecondsAndNanos {
  readonly seconds: number;
  readonly nanos: number;
}

const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
const MAX_DURATION_SECONDS = 315_576_000_000;
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/i;
const MIN_TIMESTAMP_SECONDS = Date.parse('0001-01-01T00:00:00Z') / 1000;
const MAX_TIMESTAMP_SECONDS = Date.parse('9999-12-31T23:59:59Z') / 1000;

/** Reads `1.5s`. */
export function parseDuration(text: string): SecondsAndNanos | undefined {
  const [matched, sign, digits, fraction = ''] = DURATION.exec(text) ?? [];
  const seconds = Number(digits);
  const nanos = nanosOf(fraction);
  if (!matched || seconds > MAX_DURATION_SECONDS || (seconds === MAX_DURATION_SECONDS && nanos > 0)) return undefined;
  // -0 is nothing that protobuf has.
  return sign ? { seconds: 0 - seconds, nanos: 0 - nanos } : { seconds, nanos };
}

export function formatDuration({ seconds, nanos }: SecondsAndNanos): string {
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(seconds)}${fractionOf(Math.abs(nanos))}s`;
}

/** Reads a date-time of RFC 3339, with any offset. */
export function parseTimestamp(text: string): SecondsAndNanos | undefined {
  const [matched, local = '', fraction = '', zone = ''] = TIMESTAMP.exec(text.toUpperCase()) ?? [];
  const utcMs = Date.parse(`${local}Z`);
  // V8 takes 30 February for 1 March.
  if (!matched || Number.isNaN(utcMs) || !new Date(utcMs).toISOString().startsWith(local)) return undefined;
  const seconds = Date.parse(`${local}${zone}`) / 1000;
  const isInRange = seconds >= MIN_TIMESTAMP_SECONDS && seconds <= MAX_TIMESTAMP_SECONDS;
  return isInRange ? { seconds, nanos: nanosOf(fraction) } : undefined;
}

export function formatTimestamp({ seconds, nanos }: SecondsAndNanos): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)}${fractionOf(nanos)}Z`;
}

const nanosOf = (fraction: string): number => Number(fraction.padEnd(9, '0'));

/** With 0, 3, 6 or 9 digits, as proto3 JSON has it. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}`;
}
