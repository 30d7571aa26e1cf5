import { type Stream, TABLES } from '#shared/naming/tenant-names.ts';

/** A view of a tenant's dataset: GoogleSQL over fully qualified names. */
export interface WarehouseView {
  readonly tableId: string;
  /** The stream whose messages it shows. */
  readonly stream: Stream;
  readonly description: string;
  /** @param dataset `project.dataset` */
  readonly query: (dataset: string) => string;
}

/**
 * In the order in which they must be created: a view is refused while what it reads does not exist.
 *
 * Which of several deliveries counts is decided by `publish_time`, then `message_id`, so that every query, at any time,
 * picks the same one.
 */
export const WAREHOUSE_VIEWS: readonly WarehouseView[] = [
  {
    tableId: TABLES.uniqueEvents,
    stream: 'events',
    description: 'Each event once: the first that Pub/Sub took of those with its event_id, within its project.',
    query: (dataset) => firstOf(`${dataset}.${TABLES.events}`, 'project_id, event_id'),
  },
  {
    tableId: TABLES.uniqueDecisions,
    stream: 'decisions',
    description: 'Each decision once.',
    query: (dataset) => firstOf(`${dataset}.${TABLES.decisions}`, 'decision_id'),
  },
  {
    tableId: TABLES.hourlyEvents,
    stream: 'events',
    description: 'Events and subjects by hour (of the event timestamp, UTC) and type.',
    query: (dataset) => `SELECT
  TIMESTAMP_TRUNC(timestamp, HOUR) AS hour,
  type,
  COUNT(*) AS events,
  COUNT(DISTINCT subject) AS subjects,
  tenant_id
FROM \`${dataset}.${TABLES.uniqueEvents}\`
GROUP BY hour, type, tenant_id`,
  },
];

function firstOf(table: string, key: string): string {
  return `SELECT *
FROM \`${table}\`
QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY publish_time, message_id) = 1`;
}
