import { FirestoreError } from '../errors.ts';

const DATABASE = /^projects\/[^/]+\/databases\/[^/]+/;
const RESERVED = /^(\.{1,2}|__.*__)$/;
const MAX_SEGMENT_BYTES = 1500;

/**
 * `projects/{project}/databases/{database}` of any resource name under it.
 *
 * @throws FirestoreError INVALID_ARGUMENT
 */
export function databaseOf(name: string): string {
  const match = DATABASE.exec(name);
  if (match === null) throw new FirestoreError('INVALID_ARGUMENT', `Invalid resource name "${name}".`);
  return match[0];
}

/** A document's name split into its collection's name and its id. */
export function splitName(name: string): { collection: string; id: string } {
  const slash = name.lastIndexOf('/');
  return { collection: name.slice(0, slash), id: name.slice(slash + 1) };
}

/** The last segment of a name. */
export function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/**
 * @throws FirestoreError INVALID_ARGUMENT where `name` is not a document's name in `database`
 */
export function assertDocumentName(database: string, name: string): void {
  const prefix = `${database}/documents/`;
  const segments = name.startsWith(prefix) ? name.slice(prefix.length).split('/') : [];
  const valid =
    segments.length > 0 &&
    segments.length % 2 === 0 &&
    segments.every((segment) => {
      return segment !== '' && !RESERVED.test(segment) && Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES;
    });
  if (!valid) throw new FirestoreError('INVALID_ARGUMENT', `Document name "${name}" is invalid.`);
}
