import { z } from 'zod';

/**
 * Pub/Sub allows 1,024 bytes for an attribute's value and for an ordering key: 256 characters fit even where each takes
 * four bytes of UTF-8.
 */
const MAX_ATTRIBUTE_CHARACTERS = 256;

/**
 * A string of 1 to {@link MAX_ATTRIBUTE_CHARACTERS} Unicode characters that can be a Pub/Sub attribute. An unpaired
 * surrogate is refused: it has no UTF-8, and one such attribute would make Pub/Sub refuse the whole publish request.
 */
export const AttributeText = z
  .string()
  .check(({ value, issues }) => {
    const message = refusalOf(value);
    if (message !== undefined) issues.push({ code: 'custom', input: value, message });
  })
  .meta({ minLength: 1, maxLength: MAX_ATTRIBUTE_CHARACTERS });

/** An {@link AttributeText} that can stand in a URL's path: `.` and `..` are resolved away there, even percent-encoded. */
export const Subject = AttributeText.refine(isNoDotSegment, 'must not be "." or ".."').meta({
  minLength: 1,
  maxLength: MAX_ATTRIBUTE_CHARACTERS,
});

/** @see https://url.spec.whatwg.org/#single-dot-path-segment */
function isNoDotSegment(text: string): boolean {
  return text !== '.' && text !== '..';
}

function refusalOf(text: string): string | undefined {
  if (text.length === 0) return 'must not be empty';
  if (text.length > MAX_ATTRIBUTE_CHARACTERS && charactersIn(text) > MAX_ATTRIBUTE_CHARACTERS) {
    return `longer than ${MAX_ATTRIBUTE_CHARACTERS} characters`;
  }
  return text.isWellFormed() ? undefined : 'not well-formed Unicode';
}

/** Unicode characters, not UTF-16 units; the spread is bounded, since no character takes more than two units. */
function charactersIn(text: string): number {
  return text.length > 2 * MAX_ATTRIBUTE_CHARACTERS ? text.length : [...text].length;
}
