/**
 * The messages of `google.firestore.v1` as the gRPC layer decodes them: 64-bit integers and enums as strings, absent
 * fields absent, lists and maps always there.
 *
 * @see https://github.com/googleapis/googleapis/tree/master/google/firestore/v1
 */

/** Seconds and nanoseconds since the epoch. */
export interface Timestamp {
  seconds: string;
  nanos?: number;
}

export type Fields = Record<string, Value>;

export type Value =
  | { valueType: 'nullValue'; nullValue: 'NULL_VALUE' }
  | { valueType: 'booleanValue'; booleanValue: boolean }
  | { valueType: 'integerValue'; integerValue: string }
  | { valueType: 'doubleValue'; doubleValue: number }
  | { valueType: 'timestampValue'; timestampValue: Timestamp }
  | { valueType: 'stringValue'; stringValue: string }
  | { valueType: 'bytesValue'; bytesValue: Uint8Array }
  | { valueType: 'referenceValue'; referenceValue: string }
  | { valueType: 'geoPointValue'; geoPointValue: { latitude?: number; longitude?: number } }
  | { valueType: 'arrayValue'; arrayValue: { values: Value[] } }
  | { valueType: 'mapValue'; mapValue: { fields: Fields } };

export interface Document {
  /** `projects/{project}/databases/{database}/documents/{path}` */
  name: string;
  fields: Fields;
  createTime: Timestamp;
  updateTime: Timestamp;
}

export interface FieldMask {
  fieldPaths: string[];
}

export interface Precondition {
  exists?: boolean;
  updateTime?: Timestamp;
}

export interface FieldTransform {
  fieldPath: string;
  setToServerValue?: string;
  increment?: Value;
  maximum?: Value;
  minimum?: Value;
  appendMissingElements?: { values: Value[] };
  removeAllFromArray?: { values: Value[] };
}

export interface Write {
  update?: { name: string; fields: Fields };
  delete?: string;
  verify?: string;
  transform?: { document: string; fieldTransforms: FieldTransform[] };
  updateMask?: FieldMask;
  updateTransforms: FieldTransform[];
  currentDocument?: Precondition;
}

export interface WriteResult {
  updateTime?: Timestamp;
  transformResults: Value[];
}

export interface TransactionOptions {
  readOnly?: { readTime?: Timestamp };
  readWrite?: { retryTransaction?: Uint8Array };
}

export interface FieldFilter {
  field: { fieldPath: string };
  op: string;
  value: Value;
}

export interface UnaryFilter {
  op: string;
  field: { fieldPath: string };
}

export interface Filter {
  compositeFilter?: { op: string; filters: Filter[] };
  fieldFilter?: FieldFilter;
  unaryFilter?: UnaryFilter;
}

export interface Order {
  field: { fieldPath: string };
  direction?: string;
}

export interface Cursor {
  values: Value[];
  before?: boolean;
}

export interface StructuredQuery {
  select?: { fields: { fieldPath: string }[] };
  from: { collectionId?: string; allDescendants?: boolean }[];
  where?: Filter;
  orderBy: Order[];
  startAt?: Cursor;
  endAt?: Cursor;
  offset?: number;
  limit?: { value?: number };
  findNearest?: unknown;
}

export interface Aggregation {
  alias?: string;
  count?: { upTo?: { value?: string } };
  sum?: { field: { fieldPath: string } };
  avg?: { field: { fieldPath: string } };
}
