import fc from 'fast-check';

/** A text with a stretch of it cut out, doubled, or replaced by something else. */
export function damagedText(text: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: text.length });
  const inserted = fc.constantFrom(
    '',
    '"',
    '\\',
    '}',
    ']',
    ',',
    '\n',
    '\0',
    '\ud800',
    '1e999',
    '\u2028',
    text.slice(0, 50),
  );
  return fc.tuple(place, place, inserted).map(([a, b, insertion]) => {
    return text.slice(0, Math.min(a, b)) + insertion + text.slice(Math.max(a, b));
  });
}

/** Bytes with some of them changed, or a stretch cut out or doubled. */
export function damagedBytes(bytes: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: bytes.length });
  return fc.tuple(place, place, fc.nat({ max: 255 }), fc.nat({ max: 3 })).map(([a, b, byte, way]) => {
    const [from, to] = a < b ? [a, b] : [b, a];
    if (way === 0) return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    if (way === 1) return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    if (way === 2) return bytes.subarray(0, from);
    const changed = Buffer.from(bytes);
    if (from < changed.length) changed[from] = byte;
    return changed;
  });
}

const LONG = 'x'.repeat(300);

/** What a field may hold that should not, or just may. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      1e308,
      '',
      ' ',
      'a',
      LONG,
      '__proto__',
      'constructor',
      '\0',
      '\r\nX: y',
      '\ud800',
      '\u202e\u2028',
      '💩'.repeat(256),
      '..',
      '%2e%2e',
      [],
      {},
      [[[]]],
      { a: { b: [] } },
      '2026-13-45T99:99:99Z',
      '2026-11-20T10:30:00.123456789+23:59',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:60Z',
      'acme',
      'globex',
      'order.placed',
      'subscription.created',
      'a.b.c.d.e-f_g.9',
      '1.0',
      '2.0',
      '9999.9999',
      'application/json',
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const FIELDS =
  'id type version timestamp tenant_id project_id subject correlation_id data metadata received_at properties specversion ' +
  'source time datacontenttype dataschema data_base64 tenantid dataversion toString events user_properties x ID ключ';

/** The name of a field, of an event of either kind, or nearly. */
export const fieldName: fc.Arbitrary<string> = fc.constantFrom('', ...FIELDS.split(' '));
