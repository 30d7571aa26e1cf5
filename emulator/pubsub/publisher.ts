import { type PageRequest, paginate } from './paging.ts';
import { encodePublishResponse, readPublishRequest } from './protocol/publish.ts';
import type { Topic as TopicResource } from './protocol/resources.ts';
import { invalidArgument } from './protocol/status.ts';
import type { PubSub } from './pubsub.ts';
import { parseProject } from './resource-name.ts';
import type { UnaryHandlers } from './rpc.ts';
import { checkTopic, UPDATABLE_TOPIC_FIELDS } from './topic-config.ts';
import { applyUpdateMask } from './update-mask.ts';

interface NamesTopic {
  readonly topic?: string;
}

/** The RPCs of `google.pubsub.v1.Publisher`. */
export const createPublisher = (pubsub: PubSub): UnaryHandlers => ({
  CreateTopic: (topic: TopicResource) => pubsub.createTopic(checkTopic(topic)).resource,

  UpdateTopic({ topic: update, updateMask }: { topic?: TopicResource; updateMask?: { paths?: readonly string[] } }) {
    const topic = pubsub.topic(update?.name);
    topic.update(checkTopic(applyUpdateMask(topic.resource, update ?? {}, updateMask?.paths, UPDATABLE_TOPIC_FIELDS)));
    return topic.resource;
  },

  /** Takes the encoded request: its messages are stored as they came. */
  Publish(encoded: Buffer) {
    const request = readPublishRequest(encoded);
    return encodePublishResponse(pubsub.topic(request.topic).publish(request.bytes, request.messages));
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
