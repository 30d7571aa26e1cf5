import { quoteString } from '#emulator/bigquery/catalog/schema.ts';
import { invalidQuery, unsupported } from '#emulator/bigquery/errors.ts';
import type { Call } from '../calls.ts';
import type { Translation } from '../context.ts';
import { direct, written, type Emit, type FunctionRule } from './registry.ts';

/** What TRIM without characters takes away. */
const WHITESPACE = `chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || ' ' || chr(133) || chr(160)`;

function trimmed(target: string): FunctionRule {
  return written(1, 2, (text, characters) => `${target}(${text}, ${characters ?? WHITESPACE})`);
}

/** The pattern of a REGEXP function, which must be written out: its groups decide what the function answers. */
function pattern({ name, args: [, regexp] }: Call, translation: Translation): string {
  const literal = regexp === undefined ? undefined : translation.stringLiteral(regexp);
  if (literal === undefined) throw unsupported(`${name} with a pattern that is no literal`);
  return literal;
}

/** How many groups of a RE2 pattern capture. */
function capturingGroups(regexp: string): number {
  const bare = regexp.replaceAll(/\\Q.*?(?:\\E|$)|\\./gs, '').replaceAll(/\[\^?\]?[^\]]*\]/g, '');
  return [...bare.matchAll(/\((?!\?)|\(\?P?</g)].length;
}

function extracted(target: (text: string, regexp: string, group: number) => string): Emit {
  return (call, translation) => {
    const regexp = pattern(call, translation);
    const groups = capturingGroups(regexp);
    if (groups > 1)
      throw invalidQuery(
        'Regular expressions passed into extraction functions must not have more than 1 capturing group',
      );
    const [text] = call.args;
    return target(text === undefined ? 'NULL' : translation.expression(text), quoteString(regexp), groups);
  };
}

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions */
export const STRINGS: Readonly<Record<string, FunctionRule>> = {
  CONCAT: written(1, 64, (...args) => `(${args.join(' || ')})`),
  LENGTH: direct('bq_length', 1),
  CHAR_LENGTH: direct('length', 1),
  CHARACTER_LENGTH: direct('length', 1),
  BYTE_LENGTH: direct('bq_byte_length', 1),
  OCTET_LENGTH: direct('bq_byte_length', 1),
  LOWER: direct('lower', 1),
  UPPER: direct('bq_upper', 1),
  TRIM: trimmed('trim'),
  LTRIM: trimmed('ltrim'),
  RTRIM: trimmed('rtrim'),
  SUBSTR: direct('bq_substr', 2, 3),
  SUBSTRING: direct('bq_substr', 2, 3),
  STRPOS: written(2, 2, (text, part) => `CAST(strpos(${text}, ${part}) AS BIGINT)`),
  INSTR: written(2, 2, (text, part) => `CAST(strpos(${text}, ${part}) AS BIGINT)`),
  REPLACE: written(3, 3, (text, from, to) => `bq_replace(${text}, ${from}, ${to})`),
  REVERSE: direct('reverse', 1),
  REPEAT: direct('repeat', 2),
  SPLIT: written(1, 2, (text, delimiter) => `string_split(${text}, ${delimiter ?? "','"})`),
  STARTS_WITH: direct('starts_with', 2),
  ENDS_WITH: direct('ends_with', 2),
  LPAD: written(2, 3, (text, length, fill) => `bq_lpad(${text}, CAST(${length} AS INTEGER), ${fill ?? "' '"})`),
  RPAD: written(2, 3, (text, length, fill) => `bq_rpad(${text}, CAST(${length} AS INTEGER), ${fill ?? "' '"})`),
  LEFT: written(2, 2, (text, length) => `bq_substr(${text}, 1, ${length})`),
  RIGHT: written(2, 2, (text, length) => `right(${text}, ${length})`),
  CONTAINS_SUBSTR: written(2, 2, (text, part) => `bq_contains_substr(${text}, ${part})`),
  ASCII: written(1, 1, (text) => `CAST(ascii(${text}) AS BIGINT)`),
  CHR: written(1, 1, (code) => `chr(CAST(${code} AS INTEGER))`),
  UNICODE: written(1, 1, (text) => `CAST(unicode(${text}) AS BIGINT)`),
  TRANSLATE: direct('translate', 3),
  TO_HEX: written(1, 1, (bytes) => `lower(hex(${bytes}))`),
  FROM_HEX: direct('unhex', 1),
  TO_BASE64: direct('base64', 1),
  FROM_BASE64: direct('from_base64', 1),
  MD5: written(1, 1, (text) => `unhex(md5(${text}))`),
  SHA1: written(1, 1, (text) => `unhex(sha1(${text}))`),
  SHA256: written(1, 1, (text) => `unhex(sha256(${text}))`),
  GENERATE_UUID: written(0, 0, () => 'CAST(uuid() AS VARCHAR)'),
  REGEXP_CONTAINS: direct('regexp_matches', 2),
  REGEXP_REPLACE: written(3, 3, (text, regexp, to) => `regexp_replace(${text}, ${regexp}, ${to}, 'g')`),
  REGEXP_EXTRACT: {
    min: 2,
    max: 2,
    emit: extracted((text, regexp, group) => {
      return `CASE WHEN regexp_matches(${text}, ${regexp}) THEN regexp_extract(${text}, ${regexp}, ${group}) END`;
    }),
  },
  REGEXP_SUBSTR: {
    min: 2,
    max: 2,
    emit: extracted((text, regexp, group) => {
      return `CASE WHEN regexp_matches(${text}, ${regexp}) THEN regexp_extract(${text}, ${regexp}, ${group}) END`;
    }),
  },
  REGEXP_EXTRACT_ALL: {
    min: 2,
    max: 2,
    emit: extracted((text, regexp, group) => `regexp_extract_all(${text}, ${regexp}, ${group})`),
  },
};
