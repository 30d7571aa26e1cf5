import { z } from 'zod';

/**
 * Pub/Sub allows 1,024 bytes for an attribute's value and for an ordering key: 256 characters fit even where each takes
 * four bytes of UTF-8.
 */
export const MAX_ATTRIBUTE_CHARACTERS = 256;

/**
 * A string of 1 to {@link MAX_ATTRIBUTE_CHARACTERS} Unicode characters that can be a Pub/Sub attribute. An unpaired
 * surrogate is refused: it has no UTF-8, and one such attribute would make Pub/Sub refuse the whole publish request.
 */
export const AttributeText = z
  .string()
  .refine((text) => text.length > 0, { error: 'must not be empty', abort: true })
  .refine(fitsAttribute, { error: `longer than ${MAX_ATTRIBUTE_CHARACTERS} characters`, abort: true })
  .refine((text) => text.isWellFormed(), 'not well-formed Unicode')
  .meta({ minLength: 1, maxLength: MAX_ATTRIBUTE_CHARACTERS });

function fitsAttribute(text: string): boolean {
  if (text.length <= MAX_ATTRIBUTE_CHARACTERS) return true;
  return text.length <= 2 * MAX_ATTRIBUTE_CHARACTERS && [...text].length <= MAX_ATTRIBUTE_CHARACTERS;
}
