import { expect, test } from 'vitest';
import { datetimeFormatFault, objectName } from './object-name.ts';

const AT_MS = Date.parse('2023-09-25T04:10:07.891Z');

test.each([
  [{}, '2023-09-25T04:10:07+00:00_id'],
  [{ filenamePrefix: 'prod_', filenameSuffix: '_archive' }, 'prod_2023-09-25T04:10:07+00:00_id_archive'],
  [{ filenamePrefix: 'prod_', filenameDatetimeFormat: 'YYYY-MM-DD/hh_mm_ssZ' }, 'prod_2023-09-25/04_10_07Z_id'],
  [{ filenameDatetimeFormat: 'YYYY-MM-DDThh_mm_ss-' }, '2023-09-25T04_10_07-id'],
  [{ filenameDatetimeFormat: 'hhmmss/DDMMYY/' }, '041007/250923/id'],
  [{ filenamePrefix: 'MM/', filenameDatetimeFormat: 'YYYYMMDDhhmmss+00:00' }, 'MM/20230925041007+00:00_id'],
])('%j names an object %s', (config, name) => {
  expect(objectName(config, AT_MS, 'id')).toBe(name);
});

test('two objects of one moment have two names', () => {
  expect(objectName({}, AT_MS)).not.toBe(objectName({}, AT_MS));
});

test.each([
  ['YYYY-MM-DD/hh_mm_ssZ', undefined],
  ['YYMMDDThhmmss', undefined],
  ['YY-YYYY-MM-DD hh:mm:ss', '" hh:mm:ss" is no matcher'],
  ['YY-YYYY-MM-DD-hh:mm:ss', '"YYYY" may be used only once'],
  ['YYYY-MMM-DD-hh:mm:ss', '"M-DD-hh:mm:ss" is no matcher'],
  ['YYYY-MM-MM-DD-hh:mm:ss', '"MM" may be used only once'],
  ['YYYY-MM-DDThh:mm:ssZ+00:00', '"Z" may be used only once'],
  ['YYYY-MM-DDThh:mm', '"ss" is missing'],
  ['MM-DDThh:mm:ss', '"YYYY" is missing'],
])('the format %s: %s', (format, fault) => {
  expect(datetimeFormatFault(format)).toBe(fault);
});
