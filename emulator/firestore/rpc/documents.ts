import { randomBytes } from 'node:crypto';
import type { Database } from '../documents/database.ts';

import { FirestoreError } from '../errors.ts';
import type { Document, FieldMask, Write, WriteResult } from '../protocol.ts';
import { compareNames } from '../values/compare.ts';
import { maskFields } from '../values/field-path.ts';
import type {
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  UpdateDocumentRequest,
} from './requests.ts';

/** Only the fields that the mask names; all where there is none. */
export function masked(document: Document, mask: FieldMask | undefined): Document {
  return mask === undefined ? document : { ...document, fields: maskFields(document.fields, mask.fieldPaths) };
}

export async function getDocument(database: Database, request: GetDocumentRequest): Promise<Document> {
  const transaction = request.transaction === undefined ? undefined : database.transactions.get(request.transaction);
  const [document] = await database.read([request.name], transaction);
  if (document === undefined) throw new FirestoreError('NOT_FOUND', `Document "${request.name}" not found.`);
  return masked(document, request.mask);
}

export async function createDocument(database: Database, request: CreateDocumentRequest): Promise<Document> {
  const id = request.documentId || randomBytes(15).toString('base64url');
  const name = `${request.parent}/${request.collectionId}/${id}`;
  const update = { name, fields: request.document?.fields ?? {} };
  await database.commit([{ update, updateTransforms: [], currentDocument: { exists: false } }]);
  return getDocument(database, { name, ...(request.mask && { mask: request.mask }) });
}

export async function updateDocument(database: Database, request: UpdateDocumentRequest): Promise<Document> {
  const { document, updateMask, currentDocument, mask } = request;
  const update = { name: document.name, fields: document.fields };
  const write: Write = { update, updateTransforms: [] };
  if (updateMask !== undefined) write.updateMask = updateMask;
  if (currentDocument !== undefined) write.currentDocument = currentDocument;
  await database.commit([write]);
  return getDocument(database, { name: document.name, ...(mask && { mask }) });
}

export async function deleteDocument(database: Database, request: DeleteDocumentRequest): Promise<object> {
  const write: Write = { delete: request.name, updateTransforms: [] };
  if (request.currentDocument !== undefined) write.currentDocument = request.currentDocument;
  await database.commit([write]);
  return {};
}

/** In the order of names. `showMissing` adds those that exist only as parents of others. */
export function listDocuments(database: Database, request: ListDocumentsRequest): object {
  if (request.orderBy !== undefined && request.orderBy !== '' && request.orderBy !== '__name__') {
    throw new FirestoreError('UNIMPLEMENTED', 'ListDocuments orders by name only: use a query.');
  }
  const collection = `${request.parent}/${request.collectionId ?? ''}`;
  const found = new Map<string, { name: string } & Partial<Document>>();
  for (const document of database.store.inCollection(collection)) {
    found.set(document.name, masked(document, request.mask));
  }
  if (request.showMissing === true) {
    for (const inner of database.store.collectionsUnder(collection)) {
      const [id] = inner.slice(collection.length + 1).split('/');
      const name = `${collection}/${id}`;
      if (!found.has(name)) found.set(name, { name });
    }
  }
  const all = [...found.values()].sort((a, b) => compareNames(a.name, b.name));
  const { page, nextPageToken } = paginate(all, ({ name }) => name, request);
  return { documents: page, nextPageToken };
}

export function listCollectionIds(database: Database, request: ListCollectionIdsRequest): object {
  const prefixLength = request.parent.length + 1;
  const ids = new Set<string>();
  for (const name of database.store.collectionsUnder(request.parent)) {
    ids.add(name.slice(prefixLength).split('/')[0] ?? '');
  }
  const { page, nextPageToken } = paginate([...ids].sort(), (id) => id, request);
  return { collectionIds: page, nextPageToken };
}

/** Each write by itself: one that fails, or waits for a lock, leaves the others be. */
export async function batchWrite(database: Database, writes: readonly Write[]): Promise<object> {
  const written = await Promise.all(writes.map((write) => writeAlone(database, write)));
  return { writeResults: written.map(({ writeResult }) => writeResult), status: written.map(({ status }) => status) };
}

async function writeAlone(
  database: Database,
  write: Write,
): Promise<{ writeResult: WriteResult; status: { code: number; message?: string } }> {
  const nothing: WriteResult = { transformResults: [] };
  try {
    const { results } = await database.commit([write]);
    return { writeResult: results[0] ?? nothing, status: { code: 0 } };
  } catch (error) {
    if (!(error instanceof FirestoreError)) throw error;
    return { writeResult: nothing, status: { code: error.code, message: error.details } };
  }
}

/** Pages are cut by the last name of the page before, so that a page boundary survives changes. */
function paginate<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  { pageSize, pageToken }: { pageSize?: number; pageToken?: string },
): { page: T[]; nextPageToken: string } {
  const after = pageToken === undefined || pageToken === '' ? undefined : pageToken;
  const rest = after === undefined ? all : all.filter((item) => compareNames(nameOf(item), after) > 0);
  const page = pageSize === undefined || pageSize === 0 ? [...rest] : rest.slice(0, pageSize);
  const last = page.at(-1);
  return { page, nextPageToken: last !== undefined && page.length < rest.length ? nameOf(last) : '' };
}
