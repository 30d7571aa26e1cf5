import { expect, test } from 'vitest';
import type { CloudStorageConfig } from '../protocol/resources.ts';
import { checkCloudStorageConfig } from './config.ts';

test('text, and an object every five minutes, unless asked otherwise', () => {
  expect(checkCloudStorageConfig({ bucket: 'acme-archive' })).toEqual({
    bucket: 'acme-archive',
    textConfig: {},
    maxDuration: { seconds: 300 },
    state: 'ACTIVE',
  });
});

test.each<CloudStorageConfig>([
  { avroConfig: { writeMetadata: true } },
  { maxDuration: { seconds: 60 } },
  { maxDuration: { seconds: 600 } },
  { maxBytes: 1000 },
  { maxBytes: 10 * 1024 ** 3 },
  { maxMessages: 1000 },
  { filenamePrefix: 'raw/prod_', filenameSuffix: '_archive', filenameDatetimeFormat: 'YYYY-MM-DD/hh_mm_ssZ' },
])('%j is taken', (config) => {
  expect(checkCloudStorageConfig({ bucket: 'acme-archive', ...config })).toMatchObject(config);
});

test.each<[CloudStorageConfig, string]>([
  [{ bucket: '' }, 'bucket'],
  [{ bucket: 'gs://acme-archive' }, 'bucket'],
  [{ bucket: 'Acme' }, 'bucket'],
  [{ bucket: 'a..b' }, 'bucket'],
  [{ bucket: '..' }, 'bucket'],
  [{ filenamePrefix: '../' }, 'filename_prefix'],
  [{ filenamePrefix: 'a\nb' }, 'filename_prefix'],
  [{ filenamePrefix: 'ü'.repeat(513) }, 'filename_prefix'],
  [{ filenameSuffix: '/' }, 'filename_suffix'],
  [{ filenameSuffix: '/../../etc' }, 'filename_suffix'],
  [{ filenameDatetimeFormat: 'YYYY' }, 'filename_datetime_format'],
  [{ maxDuration: { seconds: 59 } }, 'max_duration'],
  [{ maxDuration: { seconds: 601 } }, 'max_duration'],
  [{ maxBytes: 999 }, 'max_bytes'],
  [{ maxBytes: 10 * 1024 ** 3 + 1 }, 'max_bytes'],
  [{ maxMessages: 999 }, 'max_messages'],
])('%j is refused by the name of the field', (config, field) => {
  expect(() => checkCloudStorageConfig({ bucket: 'acme-archive', ...config })).toThrow(`cloud_storage_config.${field}`);
});
