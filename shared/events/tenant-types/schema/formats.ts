import { isIPv4, isIPv6 } from 'node:net';
import { normalizeTimestamp } from '#shared/events/timestamp.ts';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~.-]{1,64}$/;
const HOST_LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
const URI = /^[a-z][a-z\d+.-]*:[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/i;
const BAD_PERCENT = /%(?![\da-f]{2})/i;

/**
 * The formats that a registered type may ask for. Each looks at a text a bounded number of times, and at no more of it
 * than the format can be long.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation#section-7.3
 */
export const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date-time', (text) => text.length <= 64 && normalizeTimestamp(text) !== undefined],
  ['date', (text) => text.length === 10 && normalizeTimestamp(`${text}T00:00:00Z`) !== undefined],
  ['uuid', (text) => UUID.test(text)],
  ['email', isEmail],
  ['hostname', isHostname],
  ['ipv4', isIPv4],
  ['ipv6', (text) => text.length <= 45 && !text.includes('%') && isIPv6(text)],
  ['uri', (text) => text.length <= 2_048 && URI.test(text) && !BAD_PERCENT.test(text) && URL.canParse(text)],
]);

/** An addr-spec without quotes and comments. */
function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const hasDotOutOfPlace = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  return LOCAL_PART.test(local) && !hasDotOutOfPlace && isHostname(text.slice(at + 1));
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => HOST_LABEL.test(label));
}
