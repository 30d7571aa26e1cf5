/** What a Firestore document made from configuration may hold. No array directly in an array: Firestore has none. */
export type FirestoreData =
  | null
  | boolean
  | number
  | string
  | Date
  | readonly FirestoreData[]
  | { readonly [field: string]: FirestoreData };

/** A `google.firestore.v1.Value` in proto3 JSON. */
type FirestoreValue =
  | { nullValue: null }
  | { booleanValue: boolean }
  | { integerValue: string }
  | { doubleValue: number }
  | { timestampValue: string }
  | { stringValue: string }
  | { arrayValue: { values: FirestoreValue[] } }
  | { mapValue: { fields: Record<string, FirestoreValue> } };

/**
 * A document's fields as the REST API and the Pulumi resource `gcp.firestore.Document` take them.
 *
 * @returns JSON text: field names to Value protos.
 * @see https://cloud.google.com/firestore/docs/reference/rest/v1/Value
 */
export function toFirestoreFields(document: { readonly [field: string]: FirestoreData }): string {
  return JSON.stringify(fieldsOf(document));
}

function fieldsOf(map: { readonly [field: string]: FirestoreData }): Record<string, FirestoreValue> {
  return Object.fromEntries(Object.entries(map).map(([field, data]) => [field, valueOf(data)]));
}

function valueOf(data: FirestoreData): FirestoreValue {
  if (data === null) return { nullValue: null };
  if (typeof data === 'boolean') return { booleanValue: data };
  if (typeof data === 'number')
    return Number.isSafeInteger(data) ? { integerValue: String(data) } : { doubleValue: data };
  if (typeof data === 'string') return { stringValue: data };
  if (data instanceof Date) return { timestampValue: data.toISOString() };
  if (isArray(data)) return { arrayValue: { values: data.map(valueOf) } };
  return { mapValue: { fields: fieldsOf(data) } };
}

function isArray(data: object): data is readonly FirestoreData[] {
  return Array.isArray(data);
}
