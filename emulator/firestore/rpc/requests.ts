import type {
  Aggregation,
  FieldMask,
  Fields,
  Precondition,
  StructuredQuery,
  Timestamp,
  TransactionOptions,
  Write,
} from '../protocol.ts';

/** How a read says in which transaction it takes part, or at which time it would like to read. */
export interface Consistency {
  transaction?: Uint8Array;
  newTransaction?: TransactionOptions;
  readTime?: Timestamp;
}

export interface GetDocumentRequest extends Consistency {
  name: string;
  mask?: FieldMask;
}

export interface CreateDocumentRequest {
  parent: string;
  collectionId: string;
  documentId?: string;
  document?: { fields: Fields };
  mask?: FieldMask;
}

export interface UpdateDocumentRequest {
  document: { name: string; fields: Fields };
  updateMask?: FieldMask;
  mask?: FieldMask;
  currentDocument?: Precondition;
}

export interface DeleteDocumentRequest {
  name: string;
  currentDocument?: Precondition;
}

export interface ListDocumentsRequest {
  parent: string;
  collectionId?: string;
  pageSize?: number;
  pageToken?: string;
  mask?: FieldMask;
  showMissing?: boolean;
  orderBy?: string;
}

export interface ListCollectionIdsRequest {
  parent: string;
  pageSize?: number;
  pageToken?: string;
}

export interface BatchGetDocumentsRequest extends Consistency {
  database: string;
  documents: string[];
  mask?: FieldMask;
}

export interface BeginTransactionRequest {
  database: string;
  options?: TransactionOptions;
}

export interface CommitRequest {
  database: string;
  writes: Write[];
  transaction?: Uint8Array;
}

export interface RollbackRequest {
  database: string;
  transaction: Uint8Array;
}

export interface RunQueryRequest extends Consistency {
  parent: string;
  structuredQuery?: StructuredQuery;
}

export interface RunAggregationQueryRequest extends Consistency {
  parent: string;
  structuredAggregationQuery?: { structuredQuery?: StructuredQuery; aggregations: Aggregation[] };
}
