/**
 * The messages of `google.pubsub.v1` as this server handles them: proto3 JSON's names, enums as their names, numbers as
 * numbers, unset fields left out. Fields that the server only keeps and returns are `object`.
 * @see https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1
 */
export interface Duration {
  readonly seconds?: number;
  readonly nanos?: number;
}

export type Timestamp = Duration;

export type Labels = Readonly<Record<string, string>>;

export interface JavaScriptUdf {
  readonly functionName?: string;
  readonly code?: string;
}

export interface MessageTransform {
  readonly javascriptUdf?: JavaScriptUdf;
  readonly aiInference?: object;
  readonly disabled?: boolean;
}

export const SCHEMA_TYPES = ['AVRO', 'PROTOCOL_BUFFER'] as const;
export type SchemaType = (typeof SCHEMA_TYPES)[number];
export type SchemaView = 'BASIC' | 'FULL';
export type Encoding = 'JSON' | 'BINARY';

export interface Schema {
  readonly name?: string;
  readonly type?: SchemaType | 'TYPE_UNSPECIFIED';
  readonly definition?: string;
  readonly revisionId?: string;
  readonly revisionCreateTime?: Timestamp;
}

export interface SchemaSettings {
  /** `_deleted-schema_` when it was deleted. */
  readonly schema?: string;
  readonly encoding?: Encoding;
  readonly firstRevisionId?: string;
  readonly lastRevisionId?: string;
}

export interface Topic {
  readonly name?: string;
  readonly labels?: Labels;
  readonly messageStoragePolicy?: object;
  readonly kmsKeyName?: string;
  readonly schemaSettings?: SchemaSettings;
  readonly messageRetentionDuration?: Duration;
  readonly state?: 'ACTIVE' | 'INGESTION_RESOURCE_ERROR';
  readonly ingestionDataSourceSettings?: object;
  readonly messageTransforms?: readonly MessageTransform[];
  readonly tags?: Labels;
}

export interface PushConfig {
  readonly pushEndpoint?: string;
  readonly attributes?: Labels;
  readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
  readonly pubsubWrapper?: object;
  readonly noWrapper?: { readonly writeMetadata?: boolean };
}

export type BigQueryState = 'ACTIVE' | 'PERMISSION_DENIED' | 'NOT_FOUND' | 'SCHEMA_MISMATCH';

export interface BigQueryConfig {
  readonly table?: string;
  readonly useTopicSchema?: boolean;
  readonly useTableSchema?: boolean;
  readonly writeMetadata?: boolean;
  readonly dropUnknownFields?: boolean;
  readonly serviceAccountEmail?: string;
  readonly state?: BigQueryState;
}

export interface AvroConfig {
  readonly writeMetadata?: boolean;
  readonly useTopicSchema?: boolean;
}

/** Whether the destination of a subscription takes what is written. */
export type DestinationState = BigQueryState;

export interface CloudStorageConfig {
  readonly bucket?: string;
  readonly filenamePrefix?: string;
  readonly filenameSuffix?: string;
  readonly filenameDatetimeFormat?: string;
  readonly textConfig?: object;
  readonly avroConfig?: AvroConfig;
  readonly maxDuration?: Duration;
  readonly maxBytes?: number;
  readonly maxMessages?: number;
  readonly serviceAccountEmail?: string;
  readonly state?: DestinationState;
}

export interface RetryPolicy {
  readonly minimumBackoff?: Duration;
  readonly maximumBackoff?: Duration;
}

export interface DeadLetterPolicy {
  readonly deadLetterTopic?: string;
  readonly maxDeliveryAttempts?: number;
}

export interface Subscription {
  readonly name?: string;
  readonly topic?: string;
  readonly pushConfig?: PushConfig;
  readonly bigqueryConfig?: BigQueryConfig;
  readonly cloudStorageConfig?: CloudStorageConfig;
  readonly bigtableConfig?: object;
  readonly ackDeadlineSeconds?: number;
  readonly retainAckedMessages?: boolean;
  readonly messageRetentionDuration?: Duration;
  readonly labels?: Labels;
  readonly enableMessageOrdering?: boolean;
  readonly expirationPolicy?: { readonly ttl?: Duration };
  readonly filter?: string;
  readonly deadLetterPolicy?: DeadLetterPolicy;
  readonly retryPolicy?: RetryPolicy;
  readonly detached?: boolean;
  readonly enableExactlyOnceDelivery?: boolean;
  readonly topicMessageRetentionDuration?: Duration;
  readonly state?: 'ACTIVE' | 'RESOURCE_ERROR';
  readonly messageTransforms?: readonly MessageTransform[];
  readonly tags?: Labels;
}

export interface Snapshot {
  readonly name?: string;
  readonly topic?: string;
  readonly expireTime?: Timestamp;
  readonly labels?: Labels;
}

/** A message as its subscriber sees it. */
export interface PubsubMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly publishTimeMs: number;
  readonly orderingKey: string;
}
