import type {
  AvroConfig,
  Subscription as SubscriptionResource,
  Topic as TopicResource,
} from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';
import type { Schemas } from '../schema/schemas.ts';

/** The top-level fields of an object with metadata. Further properties of a message are entries of `attributes`. */
export const METADATA_FIELDS = [
  { name: 'subscription_name', type: 'string' },
  { name: 'message_id', type: 'string' },
  { name: 'publish_time', type: { type: 'long', logicalType: 'timestamp-micros' } },
  { name: 'attributes', type: { type: 'map', values: 'string' } },
] as const;
const METADATA_NAMES: ReadonlySet<string> = new Set(METADATA_FIELDS.map(({ name }) => name));
/**
 * Where a subscription is to be written with the schema of its topic: whether that can be done.
 * @throws StatusError INVALID_ARGUMENT
 */
export function requireWritableSchema(
  { cloudStorageConfig }: SubscriptionResource,
  topic: TopicResource | undefined,
  schemas: Schemas,
): void {
  const { avroConfig } = cloudStorageConfig ?? {};
  if (!avroConfig?.useTopicSchema) return;
  const schema = schemas.find(topic?.schemaSettings?.schema ?? '');
  const definition = schema?.latest.resource.definition;
  const fault =
    schema?.type !== 'AVRO' || definition === undefined
      ? 'the topic has no Avro schema'
      : topicSchemaFault(definition, avroConfig);
  if (fault !== undefined) {
    throw invalidArgument(`Invalid cloud_storage_config.avro_config.use_topic_schema: ${fault}.`);
  }
}

/** What keeps messages of an Avro schema from being written with it; undefined where nothing does. */
export function topicSchemaFault(definition: string, { writeMetadata = false }: AvroConfig): string | undefined {
  if (!writeMetadata) return undefined;
  const { type, fields = [] } = JSON.parse(definition) as { type?: unknown; fields?: readonly { name: string }[] };
  if (type !== 'record') return 'with write_metadata, the schema of the topic must be a record';
  const clash = fields.find(({ name }) => METADATA_NAMES.has(name));
  return clash && `with write_metadata, the schema of the topic must have no field "${clash.name}"`;
}
