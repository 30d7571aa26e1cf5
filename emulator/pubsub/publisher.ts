import { type PageRequest, paginate } from './paging.ts';
import { encodePublishResponse, readPublishRequest } from './protocol/publish.ts';
import type { Topic as TopicResource } from './protocol/resources.ts';
import { invalidArgument } from './protocol/status.ts';
import type { PubSub } from './pubsub.ts';
import { parseProject } from './resource-name.ts';
import type { UnaryHandlers } from './rpc.ts';
import { validatePublished } from './schema/published-messages.ts';
import { requireSchemaSettings } from './schema/schema-settings.ts';
import { checkTopic, UPDATABLE_TOPIC_FIELDS } from './topic-config.ts';
import { applyUpdateMask } from './update-mask.ts';

interface NamesTopic {
  readonly topic?: string;
}

/** The RPCs of `google.pubsub.v1.Publisher`. */
export const createPublisher = (pubsub: PubSub): UnaryHandlers => ({
  CreateTopic(topic: TopicResource) {
    const checked = checkTopic(topic);
    if (checked.schemaSettings) requireSchemaSettings(pubsub.schemas, checked.schemaSettings);
    return pubsub.createTopic(checked).resource;
  },

  UpdateTopic({ topic: update, updateMask }: { topic?: TopicResource; updateMask?: { paths?: readonly string[] } }) {
    const topic = pubsub.topic(update?.name);
    const { resource } = topic;
    const checked = checkTopic(applyUpdateMask(resource, update ?? {}, updateMask?.paths, UPDATABLE_TOPIC_FIELDS));
    const { schemaSettings } = checked;
    // Other fields can be updated when the schema was deleted.
    if (schemaSettings && schemaSettings !== resource.schemaSettings) {
      requireSchemaSettings(pubsub.schemas, schemaSettings);
    }
    topic.update(checked);
    return topic.resource;
  },

  /** Takes the encoded request: its messages are stored as they came. */
  Publish(encoded: Buffer) {
    const request = readPublishRequest(encoded);
    const topic = pubsub.topic(request.topic);
    const { schemaSettings } = topic.resource;
    const { bytes, messages } = schemaSettings ? validatePublished(pubsub.schemas, schemaSettings, request) : request;
    return encodePublishResponse(topic.publish(bytes, messages));
  },

  GetTopic: ({ topic }: NamesTopic) => pubsub.topic(topic).resource,

  ListTopics({ project, ...page }: { project?: string } & PageRequest) {
    const prefix = `projects/${parseProject(project)}/`;
    const { items, ...next } = paginate(
      [...pubsub.topics].filter(({ name }) => name.startsWith(prefix)),
      page,
    );
    return { topics: items.map(({ resource }) => resource), ...next };
  },

  ListTopicSubscriptions({ topic, ...page }: NamesTopic & PageRequest) {
    const { items, ...next } = paginate(pubsub.topic(topic).subscriptions, page);
    return { subscriptions: items.map(({ name }) => name), ...next };
  },

  ListTopicSnapshots({ topic: name, ...page }: NamesTopic & PageRequest) {
    const topic = pubsub.topic(name);
    const { items, ...next } = paginate(
      [...pubsub.snapshots].filter((snapshot) => snapshot.topic === topic),
      page,
    );
    return { snapshots: items.map((snapshot) => snapshot.name), ...next };
  },

  DeleteTopic({ topic }: NamesTopic) {
    pubsub.deleteTopic(pubsub.topic(topic));
    return {};
  },

  DetachSubscription({ subscription: name }: { subscription?: string }) {
    const subscription = pubsub.subscription(name);
    if (subscription.resource.detached) throw invalidArgument('The subscription is detached already.');
    subscription.detach();
    return {};
  },
});
