import avsc, { type Schema, type Type } from 'avsc';
import type { AvroConfig, PubsubMessage } from '../protocol/resources.ts';
import {
  SCHEMA_ENCODING_ATTRIBUTE,
  SCHEMA_NAME_ATTRIBUTE,
  SCHEMA_REVISION_ATTRIBUTE,
} from '../schema/schema-attributes.ts';
import type { Schemas } from '../schema/schemas.ts';
import { avroContainer } from './avro-container.ts';
import type { EncodedBatch, EncodedObject } from './object-format.ts';
import { METADATA_FIELDS, topicSchemaFault } from './topic-schema.ts';

const DATA_FIELDS = [{ name: 'data', type: 'bytes' }] as const;

const metadataType = avsc.Type.forSchema({ type: 'record', name: 'Metadata', fields: METADATA_FIELDS as never });
const bytesType = avsc.Type.forSchema('bytes');

const NO_SCHEMA = 'the message has no Avro schema that is still there';

/** How the data of some messages is encoded in an object. */
interface ObjectSchema {
  readonly schema: object;
  encodeData(message: PubsubMessage): Buffer;
}

const PLAIN: ObjectSchema = {
  schema: { type: 'record', namespace: 'com.google.pubsub', name: 'PubsubMessage', fields: DATA_FIELDS },
  encodeData: ({ data }) => bytesType.toBuffer(data),
};

const PLAIN_WITH_METADATA: ObjectSchema = {
  ...PLAIN,
  schema: {
    type: 'record',
    namespace: 'com.google.pubsub',
    name: 'PubsubMessageWithMetadata',
    fields: [...METADATA_FIELDS, ...DATA_FIELDS],
  },
};

/**
 * Avro container files. With the topic's schema there is one for each of its revisions that the messages have.
 * @param subscription the name for the field `subscription_name`
 */
export function createAvroFormat(
  config: AvroConfig,
  subscription: string,
  schemas: Schemas,
): (messages: readonly PubsubMessage[]) => EncodedBatch {
  const { writeMetadata = false, useTopicSchema = false } = config;
  const encode = (schema: ObjectSchema, message: PubsubMessage): Buffer =>
    writeMetadata
      ? Buffer.concat([metadataType.toBuffer(metadataOf(message, subscription)), schema.encodeData(message)])
      : schema.encodeData(message);

  return (messages) => {
    const errors = new Map<number, string>();
    const schemaOf = schemaFinder(schemas, writeMetadata, useTopicSchema);
    const bySchema = new Map<ObjectSchema, { values: Buffer[]; indexes: number[] }>();
    for (const [index, message] of messages.entries()) {
      try {
        const schema = schemaOf(message);
        const value = encode(schema, message);
        const object = bySchema.get(schema) ?? { values: [], indexes: [] };
        bySchema.set(schema, object);
        object.values.push(value);
        object.indexes.push(index);
      } catch (error) {
        errors.set(index, error instanceof Error ? error.message : String(error));
      }
    }
    const objects = [...bySchema].map(([{ schema }, { values, indexes }]): EncodedObject => ({
      bytes: avroContainer(schema, values),
      indexes,
    }));
    return { objects, errors };
  };
}

function schemaFinder(
  schemas: Schemas,
  writeMetadata: boolean,
  useTopicSchema: boolean,
): (message: PubsubMessage) => ObjectSchema {
  if (!useTopicSchema) return () => (writeMetadata ? PLAIN_WITH_METADATA : PLAIN);
  const byRevision = new Map<string, ObjectSchema>();
  return ({ attributes }) => {
    const { [SCHEMA_NAME_ATTRIBUTE]: name = '', [SCHEMA_REVISION_ATTRIBUTE]: revisionId = '' } = attributes;
    const key = `${name}@${revisionId}`;
    const known = byRevision.get(key);
    if (known) return known;
    const schema = schemas.find(name);
    const definition = schema?.revisions.find(({ id }) => id === revisionId)?.resource.definition;
    if (schema?.type !== 'AVRO' || definition === undefined) throw new Error(NO_SCHEMA);
    const fault = topicSchemaFault(definition, { writeMetadata });
    if (fault !== undefined) throw new Error(fault);
    const found = objectSchema(definition, writeMetadata);
    byRevision.set(key, found);
    return found;
  };
}

function objectSchema(definition: string, writeMetadata: boolean): ObjectSchema {
  const own = JSON.parse(definition) as { fields?: readonly object[] };
  // Values are encoded as they came: what a logical type makes of them is the reader's business.
  const type: Type = avsc.Type.forSchema(own as Schema, { wrapUnions: true });
  return {
    schema: writeMetadata ? { ...own, fields: [...METADATA_FIELDS, ...(own.fields ?? [])] } : own,
    encodeData: ({ data, attributes }) =>
      attributes[SCHEMA_ENCODING_ATTRIBUTE] === 'JSON' ? type.toBuffer(type.fromString(data.toString())) : data,
  };
}

const metadataOf = (
  { messageId, publishTimeMs, attributes, orderingKey }: PubsubMessage,
  subscription: string,
): object => ({
  subscription_name: subscription,
  message_id: messageId,
  publish_time: Math.round(publishTimeMs * 1000),
  attributes: { ...attributes, ...(orderingKey && { ordering_key: orderingKey }) },
});
