import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeTimestamp } from './timestamp.ts';

test.each([
  '2026-11-20T10:30:00Z',
  '2026-11-20T10:30:00.1Z',
  '2026-11-20T10:30:00.123456Z',
  '2026-11-20T10:30:00+05:30',
  '2026-11-20T10:30:00-00:00',
  '2024-02-29T00:00:00Z',
  '2000-02-29T00:00:00Z',
  '1873-01-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
])('%s is stored as it is', (text) => {
  expect(normalizeTimestamp(text)).toBe(text);
});

test.each([
  ['2026-11-20t10:30:00z', '2026-11-20T10:30:00Z'],
  ['2026-11-20T10:30:00.123456789Z', '2026-11-20T10:30:00.123456Z'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z'],
  ['2016-12-31T23:59:60.5Z', '2016-12-31T23:59:59.5Z'],
  ['1990-12-31T15:59:60-08:00', '1990-12-31T15:59:59-08:00'],
  ['2015-07-01T05:29:60+05:30', '2015-07-01T05:29:59+05:30'],
])('%s is stored as %s', (text, stored) => {
  expect(normalizeTimestamp(text)).toBe(stored);
});

test.each([
  '',
  'yesterday',
  '2026-11-20',
  '2026-11-20T10:30:00',
  '2026-11-20T10:30Z',
  '2026-11-20 10:30:00Z',
  '2026-11-20T10:30:00.Z',
  '2026-11-20T10:30:00+0530',
  '2026-11-20T10:30:00+24:00',
  '2026-11-20T24:00:00Z',
  '2026-11-20T10:60:00Z',
  '2026-11-20T10:30:61Z',
  '2026-11-20T10:30:60Z',
  '2016-12-31T23:59:60+01:00',
  '2026-13-20T10:30:00Z',
  '2026-00-20T10:30:00Z',
  '2026-11-00T10:30:00Z',
  '2026-11-31T10:30:00Z',
  '2026-02-29T10:30:00Z',
  '1900-02-29T10:30:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '+02026-11-20T10:30:00Z',
  '2026-11-20T10:30:00Z\n',
  ' 2026-11-20T10:30:00Z',
  '２026-11-20T10:30:00Z',
  '1763634600',
])('%j is refused', (text) => {
  expect(normalizeTimestamp(text)).toBeUndefined();
});

test('what JavaScript writes is accepted as it is, and what is accepted JavaScript can read', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      expect(normalizeTimestamp(date.toISOString())).toBe(date.toISOString());
    }),
  );
  fc.assert(
    fc.property(
      fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][0-2]\d:[0-5]\d)$/),
      (text) => {
        const stored = normalizeTimestamp(text);
        if (stored !== undefined) {
          expect(Date.parse(stored)).not.toBeNaN();
          expect(normalizeTimestamp(stored)).toBe(stored);
        }
      },
    ),
  );
});
