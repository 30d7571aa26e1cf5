import { expect, test } from 'vitest';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts';

test.each<[string, number, number, string?]>([
  ['600s', 600, 0],
  ['0s', 0, 0],
  ['1.5s', 1, 500_000_000, '1.500s'],
  ['0.000001s', 0, 1000],
  ['0.000000001s', 0, 1],
  ['-0.5s', 0, -500_000_000, '-0.500s'],
  ['-3s', -3, 0],
  ['315576000000s', 315_576_000_000, 0],
])('duration %s', (text, seconds, nanos, printed = text) => {
  expect(parseDuration(text)).toEqual({ seconds, nanos });
  expect(formatDuration({ seconds, nanos })).toBe(printed);
});

test.each(['', '5', 's', '5m', '.5s', '5.s', '1.0000000000s', '--1s', '1e3s', '315576000001s', '315576000000.1s'])(
  'no duration: "%s"',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each<[string, number, number, string?]>([
  ['1970-01-01T00:00:00Z', 0, 0],
  ['2026-11-20T10:30:00.123456789Z', 1_795_170_600, 123_456_789],
  ['2026-11-20T10:30:00.12Z', 1_795_170_600, 120_000_000, '2026-11-20T10:30:00.120Z'],
  ['2026-11-20T11:30:00+01:00', 1_795_170_600, 0, '2026-11-20T10:30:00Z'],
  ['2026-11-20t10:30:00z', 1_795_170_600, 0, '2026-11-20T10:30:00Z'],
  ['1969-12-31T23:59:59.5Z', -1, 500_000_000, '1969-12-31T23:59:59.500Z'],
  ['0001-01-01T00:00:00Z', -62_135_596_800, 0],
  ['9999-12-31T23:59:59.999999999Z', 253_402_300_799, 999_999_999],
])('timestamp %s', (text, seconds, nanos, printed = text) => {
  expect(parseTimestamp(text)).toEqual({ seconds, nanos });
  expect(formatTimestamp({ seconds, nanos })).toBe(printed);
});

test.each([
  '',
  '2026-11-20',
  '2026-11-20T10:30:00',
  '2026-11-20 10:30:00Z',
  '2026-02-30T10:30:00Z',
  '2026-13-01T10:30:00Z',
  '2026-11-20T24:00:00Z',
  '2026-11-20T10:30:00+99:00',
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+01:00',
  '1795170600',
])('no timestamp: "%s"', (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});
