import { type Stream, TABLES } from '#shared/naming/tenant-names.ts';
import { type Column, METADATA_COLUMNS, nullable, required } from './column.ts';

/** A table that a BigQuery subscription writes: one row a message, at least once. */
export interface WarehouseTable {
  readonly tableId: string;
  /** The topic whose messages are its rows. */
  readonly stream: Stream;
  readonly description: string;
  readonly columns: readonly Column[];
  /** TIMESTAMP column; a partition a day, so that a query of a week reads a week. */
  readonly partitionBy: string;
  readonly clusterBy: readonly string[];
  /** Function of {@link TRANSFORM_CODE} that turns a message into this table's row. */
  readonly transform: string;
}

const PROJECT_ID = nullable('project_id', 'STRING', "The tenant's project, where it has any.");

export const EVENTS_TABLE: WarehouseTable = {
  tableId: TABLES.events,
  stream: 'events',
  description: 'Every event, a row for each delivery: an event may be here more than once. Query unique_events.',
  columns: [
    required('event_id', 'STRING', "The customer's id of the event."),
    required('type', 'STRING', 'Such as subscription.created.'),
    required('version', 'STRING', 'Version of the type, major.minor.'),
    required('timestamp', 'TIMESTAMP', 'When it happened, as the customer says.'),
    required('received_at', 'TIMESTAMP', 'When Headgate took it in.'),
    required('tenant_id', 'STRING', 'The tenant.'),
    PROJECT_ID,
    required('subject', 'STRING', 'Whom or what the event is about.'),
    nullable('correlation_id', 'STRING', 'Joins the events of one transaction.'),
    nullable('source', 'STRING', 'metadata.source: the system that sent it.'),
    required('data', 'JSON', 'What happened.'),
    nullable('metadata', 'JSON', 'What the customer says about the event itself.'),
    ...METADATA_COLUMNS,
  ],
  partitionBy: 'received_at',
  clusterBy: ['type', 'subject'],
  transform: 'eventRow',
};

export const USER_PROPERTIES_TABLE: WarehouseTable = {
  tableId: TABLES.userProperties,
  stream: 'user-properties',
  description: 'Every change of user properties, a row for each delivery.',
  columns: [
    required('event_id', 'STRING', 'Id of the change.'),
    required('timestamp', 'TIMESTAMP', 'When it changed, as the customer says.'),
    required('received_at', 'TIMESTAMP', 'When Headgate took it in.'),
    required('tenant_id', 'STRING', 'The tenant.'),
    PROJECT_ID,
    required('subject', 'STRING', 'Whose properties they are.'),
    required('properties', 'JSON', 'The properties that changed; null deletes one.'),
    ...METADATA_COLUMNS,
  ],
  partitionBy: 'received_at',
  clusterBy: ['subject'],
  transform: 'userPropertiesRow',
};

export const DECISIONS_TABLE: WarehouseTable = {
  tableId: TABLES.decisions,
  stream: 'decisions',
  description: 'Every decision, a row for each delivery. Query unique_decisions.',
  columns: [
    required('decision_id', 'STRING', 'Id of the decision.'),
    required('rule', 'STRING', 'Rule that decided.'),
    required('decision', 'STRING', 'What it decided, such as retention_offer.'),
    required('subject', 'STRING', 'Whom the decision is about.'),
    required('event_id', 'STRING', 'Event that brought it about.'),
    nullable('event_type', 'STRING', 'Type of that event.'),
    required('tenant_id', 'STRING', 'The tenant.'),
    PROJECT_ID,
    nullable('params', 'JSON', "The rule's parameters."),
    required('decided_at', 'TIMESTAMP', 'When.'),
    ...METADATA_COLUMNS,
  ],
  partitionBy: 'decided_at',
  clusterBy: ['rule', 'subject'],
  transform: 'decisionRow',
};

/** No column is required: whatever a dead letter lacks, it must be found here. */
export const FAILED_EVENTS_TABLE: WarehouseTable = {
  tableId: TABLES.failedEvents,
  stream: 'dead-letter',
  description: 'Every message that could not be processed, with the reason.',
  columns: [
    nullable('event_id', 'STRING', 'Id of the event, where one can be made out.'),
    nullable('tenant_id', 'STRING', 'The tenant whose subscription failed.'),
    PROJECT_ID,
    nullable('stream', 'STRING', 'Stream the message came from, such as events.'),
    nullable('source_subscription', 'STRING', 'Subscription that could not deliver it.'),
    nullable('reason', 'STRING', 'Why.'),
    nullable('delivery_attempts', 'INT64', 'Deliveries before it was given up.'),
    nullable('data', 'STRING', 'The message as received (base64 where not UTF-8), at most 1,000,000 characters.'),
    nullable('failed_at', 'TIMESTAMP', 'When it was dead-lettered.'),
    ...METADATA_COLUMNS,
  ],
  partitionBy: 'failed_at',
  clusterBy: ['source_subscription', 'event_id'],
  transform: 'failedEventRow',
};

/** Every table of a tenant's dataset. */
export const WAREHOUSE_TABLES: readonly WarehouseTable[] = [
  EVENTS_TABLE,
  USER_PROPERTIES_TABLE,
  DECISIONS_TABLE,
  FAILED_EVENTS_TABLE,
];
