import { MINUTE_MS, requireBetween } from '../protocol/duration.ts';
import type { CloudStorageConfig } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';
import { datetimeFormatFault } from './object-name.ts';

const DEFAULT_MAX_DURATION = { seconds: 300 };
const SHORTEST_DURATION_MS = MINUTE_MS;
const LONGEST_DURATION_MS = 10 * MINUTE_MS;
const LEAST_BYTES = 1000;
const MOST_BYTES = 10 * 1024 ** 3;
const LEAST_MESSAGES = 1000;
const MAX_NAME_BYTES = 1024;
/** @see https://cloud.google.com/storage/docs/buckets#naming */
const BUCKET = /^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$/;

/**
 * The configuration as the service returns it, with its defaults: text, and a new object every five minutes.
 * @throws StatusError INVALID_ARGUMENT naming the field
 */
export function checkCloudStorageConfig(config: CloudStorageConfig): CloudStorageConfig {
  const { bucket = '', maxDuration = DEFAULT_MAX_DURATION, maxBytes = 0, maxMessages = 0 } = config;
  if (!BUCKET.test(bucket) || bucket.includes('..')) {
    throw refusal('bucket', bucket, 'It must be the name of a bucket, without gs://.');
  }
  checkName('filename_prefix', config.filenamePrefix);
  checkName('filename_suffix', config.filenameSuffix);
  if (config.filenameSuffix?.endsWith('/')) {
    throw refusal('filename_suffix', config.filenameSuffix, 'It must not end in "/".');
  }
  if (config.filenameDatetimeFormat) {
    const fault = datetimeFormatFault(config.filenameDatetimeFormat);
    if (fault !== undefined) throw refusal('filename_datetime_format', config.filenameDatetimeFormat, `${fault}.`);
  }
  requireBetween('cloud_storage_config.max_duration', maxDuration, SHORTEST_DURATION_MS, LONGEST_DURATION_MS);
  if (maxBytes !== 0 && (maxBytes < LEAST_BYTES || maxBytes > MOST_BYTES)) {
    throw refusal('max_bytes', maxBytes, `It must be between ${LEAST_BYTES} and ${MOST_BYTES}.`);
  }
  if (maxMessages !== 0 && maxMessages < LEAST_MESSAGES) {
    throw refusal('max_messages', maxMessages, `It must be at least ${LEAST_MESSAGES}.`);
  }
  return { ...config, ...(!config.avroConfig && { textConfig: {} }), maxDuration, state: 'ACTIVE' };
}

/** @see https://cloud.google.com/storage/docs/objects#naming */
function checkName(field: string, name = ''): void {
  if (/[\r\n\0]/.test(name)) throw refusal(field, name, 'It must not contain a line break.');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw refusal(field, name, `It is longer than ${MAX_NAME_BYTES} bytes.`);
  // An object is a file here, and must not leave the folder of its bucket.
  if (name.split('/').some((segment) => segment === '..' || segment === '.')) {
    throw refusal(field, name, 'It must have no segment "." or "..".');
  }
}

const refusal = (field: string, value: string | number, reason: string): Error =>
  invalidArgument(`Invalid cloud_storage_config.${field}: "${value}". ${reason}`);
