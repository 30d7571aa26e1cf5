import type { v1 } from '@google-cloud/firestore';
import { z } from 'zod';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';
import { CALL_OPTIONS } from './pubsub-clients.ts';

/** `google.firestore.v1.Value`s in proto3 JSON. */
type Fields = Record<string, Value>;
interface Value {
  readonly [kind: string]: unknown;
  readonly mapValue?: { readonly fields?: Fields };
  readonly arrayValue?: { readonly values?: readonly Value[] };
  readonly timestampValue?: string;
  readonly nullValue?: unknown;
}

const Inputs = z.strictObject({
  project: z.string(),
  database: z.string().default('(default)'),
  collection: z.string(),
  documentId: z.string(),
  /** JSON object of `Value`s. */
  fields: z.string().transform((text) => JSON.parse(text) as Fields),
});

export function documentResource(firestore: InstanceType<typeof v1.FirestoreClient>): ResourceHandler {
  const databaseOf = ({ project, database }: z.infer<typeof Inputs>): string =>
    `projects/${project}/databases/${database}`;
  const nameOf = (inputs: z.infer<typeof Inputs>): string =>
    `${databaseOf(inputs)}/documents/${inputs.collection}/${inputs.documentId}`;
  return defineResource({
    type: 'gcp:firestore/document:Document',
    inputs: Inputs,
    immutable: ['project', 'database', 'collection', 'documentId'],
    async create(inputs) {
      const name = nameOf(inputs);
      const update = { name, fields: messageFields(inputs.fields) };
      await firestore.commit({ database: databaseOf(inputs), writes: [{ update }] }, CALL_OPTIONS);
      return { id: name, outputs: { name, path: `${inputs.collection}/${inputs.documentId}` }, placed: true };
    },
    async delete(inputs) {
      await firestore.commit({ database: databaseOf(inputs), writes: [{ delete: nameOf(inputs) }] }, CALL_OPTIONS);
    },
  });
}

function messageFields(fields: Fields): Record<string, object> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, messageValue(value)]));
}

/** The message that a gRPC client takes for a value, where it differs from proto3 JSON. */
function messageValue(value: Value): object {
  if ('nullValue' in value) return { nullValue: 'NULL_VALUE' };
  if (value.mapValue !== undefined) return { mapValue: { fields: messageFields(value.mapValue.fields ?? {}) } };
  if (value.arrayValue !== undefined)
    return { arrayValue: { values: (value.arrayValue.values ?? []).map(messageValue) } };
  if (value.timestampValue !== undefined) {
    const milliseconds = Date.parse(value.timestampValue);
    const seconds = Math.floor(milliseconds / 1000);
    return { timestampValue: { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 } };
  }
  return value;
}
