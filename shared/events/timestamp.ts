import { z } from 'zod';

const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** What needs no second look: not a day that only some months have, no leap second, at most microseconds. */
const PLAIN_DATE_TIME =
  /^(?:19|2\d)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const MICROSECOND_DIGITS = 6;

/**
 * Reads an RFC 3339 date-time and returns it in the form in which it is stored: the same instant with `T` and `Z` in
 * capitals and at most six digits of a second, which is all that BigQuery keeps. A leap second is accepted where UTC can
 * have one, and stored as the second before it, since neither BigQuery nor JavaScript has a place for it.
 *
 * @returns undefined for anything else: a bare date, no offset, a day that does not exist, or a year outside 1 to 9999.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function normalizeTimestamp(text: string): string | undefined {
  if (PLAIN_DATE_TIME.test(text)) return text;
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', offset = ''] = match;
  if (Number(day) > daysInMonth(Number(year), Number(month))) return undefined;
  const head = `${year}-${month}-${day}T${hour}:${minute}`;
  const zone = offset.toUpperCase();
  const atMs = Date.parse(`${head}:00${zone}`);
  const utc = new Date(atMs);
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined;
  if (second === '60' && !endsHalfYear(utc)) return undefined;
  const digits = fraction.slice(0, 1 + MICROSECOND_DIGITS);
  return `${head}:${second === '60' ? '59' : second}${digits}${zone}`;
}

/** A string that {@link normalizeTimestamp} accepts; parses to its normal form. */
export const Timestamp = z
  .string()
  .check((payload) => {
    const normal = normalizeTimestamp(payload.value);
    if (normal === undefined) {
      payload.issues.push({ code: 'custom', input: payload.value, message: 'not an RFC 3339 date-time' });
    } else {
      payload.value = normal;
    }
  })
  .meta({ format: 'date-time', description: 'RFC 3339 date-time' });

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Leap seconds are inserted as 23:59:60 UTC on the last day of June or December. */
function endsHalfYear(minuteUtc: Date): boolean {
  const monthAndTime = minuteUtc.toISOString().slice(-19, -8);
  return monthAndTime === '06-30T23:59' || monthAndTime === '12-31T23:59';
}
