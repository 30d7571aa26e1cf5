import type { DocumentStore } from '../documents/store.ts';
import { lastSegment } from '../documents/names.ts';
import { FirestoreError } from '../errors.ts';
import type { Cursor, Document, StructuredQuery, Value } from '../protocol.ts';
import { compareValues } from '../values/compare.ts';
import { maskFields } from '../values/field-path.ts';
import { compileFilter, fieldReader, inequalityFields } from './filter.ts';

interface SortKey {
  fieldPath: string;
  read: (document: Document) => Value | undefined;
  sign: 1 | -1;
}

/**
 * The documents that `query` finds under `parent`, in its order. A document that lacks a field of the order is no
 * result, as in the service. Every query is a scan of its collections: there are no indexes to be missing.
 *
 * @throws FirestoreError INVALID_ARGUMENT, or UNIMPLEMENTED for vector search
 */
export function runQuery(store: DocumentStore, parent: string, query: StructuredQuery): Document[] {
  if (query.findNearest !== undefined && query.findNearest !== null) {
    throw new FirestoreError('UNIMPLEMENTED', 'findNearest: this local Firestore has no vector search.');
  }
  const matches = compileFilter(query.where);
  const keys = sortKeys(query);
  const found: Document[] = [];
  for (const collection of collectionNames(store, parent, query)) {
    for (const document of store.inCollection(collection)) {
      if (matches(document) && keys.every((key) => key.read(document) !== undefined)) found.push(document);
    }
  }
  found.sort((a, b) => compareByKeys(keys, a, b));
  const within = found.filter((document) => withinCursors(document, keys, query));
  const from = query.offset ?? 0;
  const limit = query.limit?.value;
  const page = within.slice(from, limit === undefined ? undefined : from + limit);
  return query.select === undefined ? page : page.map((document) => project(document, query.select?.fields ?? []));
}

function collectionNames(store: DocumentStore, parent: string, query: StructuredQuery): string[] {
  const names: string[] = [];
  for (const { collectionId, allDescendants } of query.from) {
    if (allDescendants !== true && collectionId !== undefined && collectionId !== '') {
      names.push(`${parent}/${collectionId}`);
      continue;
    }
    for (const name of store.collectionsUnder(parent)) {
      if (collectionId === undefined || collectionId === '' || lastSegment(name) === collectionId) names.push(name);
    }
  }
  return names;
}

function sortKeys(query: StructuredQuery): SortKey[] {
  const orders = query.orderBy.map(({ field, direction }) => ({
    fieldPath: field.fieldPath,
    sign: direction === 'DESCENDING' ? (-1 as const) : (1 as const),
  }));
  const last = orders.at(-1)?.sign ?? 1;
  const named = new Set(orders.map(({ fieldPath }) => fieldPath));
  for (const fieldPath of [...new Set(inequalityFields(query.where))].sort()) {
    if (!named.has(fieldPath) && fieldPath !== '__name__') orders.push({ fieldPath, sign: last });
  }
  if (!named.has('__name__')) orders.push({ fieldPath: '__name__', sign: last });
  return orders.map((order) => ({ ...order, read: fieldReader(order.fieldPath) }));
}

function compareByKeys(keys: readonly SortKey[], a: Document, b: Document): number {
  for (const { read, sign } of keys) {
    const left = read(a);
    const right = read(b);
    const order = left === undefined || right === undefined ? 0 : compareValues(left, right) * sign;
    if (order !== 0) return order;
  }
  return 0;
}

function withinCursors(document: Document, keys: readonly SortKey[], { startAt, endAt }: StructuredQuery): boolean {
  if (startAt !== undefined && startAt !== null) {
    const order = compareToCursor(document, keys, startAt);
    if (startAt.before === true ? order < 0 : order <= 0) return false;
  }
  if (endAt !== undefined && endAt !== null) {
    const order = compareToCursor(document, keys, endAt);
    if (endAt.before === true ? order >= 0 : order > 0) return false;
  }
  return true;
}

function compareToCursor(document: Document, keys: readonly SortKey[], cursor: Cursor): number {
  for (const [i, bound] of cursor.values.entries()) {
    const key = keys[i];
    if (key === undefined) throw new FirestoreError('INVALID_ARGUMENT', 'A cursor has more values than the order.');
    const value = key.read(document);
    const order = value === undefined ? 0 : compareValues(value, bound) * key.sign;
    if (order !== 0) return order;
  }
  return 0;
}

function project(document: Document, fields: readonly { fieldPath: string }[]): Document {
  const paths = fields.map(({ fieldPath }) => fieldPath).filter((path) => path !== '__name__');
  return { ...document, fields: maskFields(document.fields, paths) };
}
