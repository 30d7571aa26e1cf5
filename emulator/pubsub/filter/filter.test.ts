import { expect, test } from 'vitest';
import { parseFilter } from './filter.ts';

const message = { type: 'payment.failed', 'iana.org/language': 'en', region: 'eu-west', empty: '', constructor2: 'x' };

test.each([
  ['attributes:type', true],
  ['attributes:missing', false],
  ['attributes:empty', true],
  ['attributes:constructor', false],
  ['attributes:"iana.org/language"', true],
  ['attributes.type = "payment.failed"', true],
  ['attributes.type="payment.failed"', true],
  ['attributes.type = "Payment.failed"', false],
  ['attributes."iana.org/language" = "en"', true],
  ['attributes.type != "payment.failed"', false],
  ['attributes.type != "other"', true],
  ['attributes.missing != "anything"', true],
  ['hasPrefix(attributes.region, "eu")', true],
  ['hasPrefix(attributes.region, "us")', false],
  ['hasPrefix(attributes.missing, "")', false],
  ['NOT attributes:missing', true],
  ['NOT attributes:type', false],
  ['-attributes:type', false],
  ['NOT NOT attributes:type', true],
  ['attributes:type AND attributes:region', true],
  ['attributes:type AND attributes:missing AND attributes:region', false],
  ['attributes:missing OR attributes:region', true],
  ['NOT attributes:type OR attributes:region', true],
  ['NOT (attributes:type OR attributes:region)', false],
  ['attributes:missing OR (attributes:type AND attributes:region)', true],
  ['(attributes:missing OR attributes:type) AND NOT attributes:other', true],
  [String.raw`attributes.type = "payment\x2efailed"`, true],
  [String.raw`attributes.type = "payment\056failed"`, true],
  [String.raw`attributes.type = "payment\u002Efailed"`, true],
  [String.raw`attributes.type = "payment\U0000002Efailed"`, true],
  [String.raw`attributes.type = "\"payment\\"`, false],
  ['attributes:with-dash_and1', false],
  ['  attributes : type  ', true],
])('%s → %s', (filter, expected) => {
  expect(parseFilter(filter)(message)).toBe(expected);
});

test.each([
  ['attributes', '":" '],
  ['attributes.type', '"!=" is expected at position 15'],
  ['attributes.type == "x"', 'a string is expected'],
  ['attributes.type = x', 'a string is expected'],
  ['attributes.type = "x', 'unexpected """'],
  ['attributes.type < "x"', 'unexpected "<"'],
  ['attributes:type AND attributes:a OR attributes:b', 'must be combined by parentheses'],
  ['attributes:type AND', 'is expected'],
  ['attributes:type attributes:region', 'unexpected "attributes"'],
  ['(attributes:type', '")" is expected'],
  ['attributes:type and attributes:region', 'unexpected "and"'],
  ['hasPrefix(attributes.type "x")', '"," is expected'],
  ['hasprefix(attributes.type, "x")', '"attributes" is expected'],
  ['data = "x"', '"attributes" is expected'],
  [String.raw`attributes.type = "\q"`, String.raw`invalid escape "\q"`],
  [String.raw`attributes.type = "\UFFFFFFFF"`, 'invalid escape'],
  [`attributes.type = "${'x'.repeat(256)}"`, 'at most 256'],
])('%s is refused', (filter, message) => {
  const parse = (): unknown => parseFilter(filter);
  if (message === '":" ') expect(parse).toThrow('"." is expected');
  else expect(parse).toThrow(message);
});
