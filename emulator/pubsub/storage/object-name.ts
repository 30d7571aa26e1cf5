import { randomUUID } from 'node:crypto';
import type { CloudStorageConfig } from '../protocol/resources.ts';

/** What an object's name says of the time: `YYYY-MM-DDThh:mm:ss+00:00`. */
const DEFAULT_DATETIME_FORMAT = 'YYYY-MM-DDThh:mm:ss+00:00';

const TOKEN = /YYYY|YY|MM|DD|hh|mm|ss|T|Z|\+00:00|[-_:/]/gy;
const REQUIRED = ['MM', 'DD', 'hh', 'mm', 'ss'] as const;
const ENDS_IN_SEPARATOR = /[-_:/]$/;

/**
 * What is wrong with a filename_datetime_format; undefined where nothing is.
 * @see https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription#file_names
 */
export function datetimeFormatFault(format: string): string | undefined {
  const tokens = format.match(TOKEN) ?? [];
  if (tokens.join('') !== format) return `"${format.slice(tokens.join('').length)}" is no matcher`;
  const matchers = tokens.filter((token) => !ENDS_IN_SEPARATOR.test(token));
  const once = matchers.map((matcher) => ({ YY: 'YYYY', '+00:00': 'Z' })[matcher] ?? matcher);
  const repeated = once.find((matcher, index) => once.indexOf(matcher) !== index);
  if (repeated !== undefined) return `"${repeated}" may be used only once`;
  const missing = ['YYYY', ...REQUIRED].find((matcher) => !once.includes(matcher));
  return missing === undefined ? undefined : `"${missing}" is missing`;
}

/** The name of a new object: `<prefix><UTC datetime>_<uuid><suffix>`. */
export function objectName(config: CloudStorageConfig, atMs: number, uuid: string = randomUUID()): string {
  const { filenamePrefix = '', filenameSuffix = '', filenameDatetimeFormat } = config;
  const format = filenameDatetimeFormat || DEFAULT_DATETIME_FORMAT;
  const [year = '', month = '', day = '', hour = '', minute = '', second = ''] = new Date(atMs)
    .toISOString()
    .split(/[-T:.Z]/);
  const values: Readonly<Record<string, string>> = {
    YYYY: year,
    YY: year.slice(-2),
    MM: month,
    DD: day,
    hh: hour,
    mm: minute,
    ss: second,
  };
  const datetime = format.replace(TOKEN, (token) => values[token] ?? token);
  const separator = ENDS_IN_SEPARATOR.test(format) ? '' : '_';
  return `${filenamePrefix}${datetime}${separator}${uuid}${filenameSuffix}`;
}
