import { checkLabels } from './labels.ts';
import { DAY_MS, MINUTE_MS, requireBetween, requireTimestamp } from './protocol/duration.ts';
import type { Timestamp, Topic as TopicResource } from './protocol/resources.ts';
import { parseResourceName } from './resource-name.ts';
import { checkMessageTransforms } from './transform/message-transforms.ts';

/** What UpdateTopic may change. */
export const UPDATABLE_TOPIC_FIELDS: ReadonlySet<string> = new Set([
  'labels',
  'messageStoragePolicy',
  'kmsKeyName',
  'schemaSettings',
  'messageRetentionDuration',
  'ingestionDataSourceSettings',
  'messageTransforms',
]);

const SHORTEST_RETENTION_MS = 10 * MINUTE_MS;
const LONGEST_RETENTION_MS = 31 * DAY_MS;

/** The topic as the service returns it. @throws StatusError INVALID_ARGUMENT naming the field */
export function checkTopic(topic: TopicResource): TopicResource {
  const { tags: _inputOnly, ...kept } = topic;
  parseResourceName('topics', topic.name);
  checkLabels(topic.labels);
  if (topic.messageRetentionDuration) {
    requireBetween(
      'message_retention_duration',
      topic.messageRetentionDuration,
      SHORTEST_RETENTION_MS,
      LONGEST_RETENTION_MS,
    );
  }
  checkIngestion(topic.ingestionDataSourceSettings);
  checkMessageTransforms(topic.messageTransforms);
  return { ...kept, state: 'ACTIVE' };
}

interface IngestionDataSourceSettings {
  readonly cloudStorage?: { readonly minimumObjectCreateTime?: Timestamp };
}

/** Nothing is ingested: the settings are kept and returned. But they must be such that they can be, in JSON too. */
function checkIngestion({ cloudStorage }: IngestionDataSourceSettings = {}): void {
  const { minimumObjectCreateTime } = cloudStorage ?? {};
  if (minimumObjectCreateTime) requireTimestamp('minimum_object_create_time', minimumObjectCreateTime);
}
