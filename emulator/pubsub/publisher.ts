import { type PageRequest, paginate } from './paging.ts';
import { encodePublishResponse, type PublishRequest, readPublishRequest } from './protocol/publish.ts';
import type { MessageTransform, Topic as TopicResource } from './protocol/resources.ts';
import { invalidArgument, notFound } from './protocol/status.ts';
import type { PubSub } from './pubsub.ts';
import { parseProject, parseResourceName } from './resource-name.ts';
import type { Call, UnaryHandlers } from './rpc.ts';
import { validatePublished } from './schema/published-messages.ts';
import { requireSchemaSettings } from './schema/schema-settings.ts';
import { checkTopic, UPDATABLE_TOPIC_FIELDS } from './topic-config.ts';
import type { Topic } from './topic.ts';
import { transformRequest } from './transform/transform-request.ts';
import type { CompiledTransforms } from './transform/transform-worker.ts';
import { applyUpdateMask } from './update-mask.ts';

/** Compiles a topic's message transforms. Undefined where none is enabled. */
export type CompileTopicTransforms = (
  transforms: readonly MessageTransform[] | undefined,
) => Promise<CompiledTransforms | undefined>;

interface NamesTopic {
  readonly topic?: string;
}

/** The RPCs of `google.pubsub.v1.Publisher`. */
export const createPublisher = (pubsub: PubSub, compileTransforms: CompileTopicTransforms): UnaryHandlers => ({
  async CreateTopic(topic: TopicResource) {
    const checked = checkTopic(topic);
    if (checked.schemaSettings) requireSchemaSettings(pubsub.schemas, checked.schemaSettings);
    const transforms = await compileTransforms(checked.messageTransforms);
    return closingOnError(transforms, () => pubsub.createTopic(checked, transforms).resource);
  },

  async UpdateTopic({
    topic: update,
    updateMask,
  }: {
    topic?: TopicResource;
    updateMask?: { paths?: readonly string[] };
  }) {
    const topic = pubsub.topic(update?.name);
    const updated = (): TopicResource => {
      const { resource } = topic;
      const checked = checkTopic(applyUpdateMask(resource, update ?? {}, updateMask?.paths, UPDATABLE_TOPIC_FIELDS));
      const { schemaSettings } = checked;
      // Other fields can be updated when the schema was deleted.
      if (schemaSettings && schemaSettings !== resource.schemaSettings) {
        requireSchemaSettings(pubsub.schemas, schemaSettings);
      }
      return checked;
    };
    const first = updated();
    const { messageTransforms } = first;
    if (messageTransforms === topic.resource.messageTransforms) {
      topic.update(first, topic.transforms);
      return topic.resource;
    }
    const transforms = await compileTransforms(messageTransforms);
    return closingOnError(transforms, () => {
      requireNotDeleted(topic);
      // Once more: another update may have come between.
      topic.update(updated(), transforms);
      return topic.resource;
    });
  },

  /** Takes the encoded request: its messages are stored as they came. */
  Publish(encoded: Buffer, call: Call) {
    const request = readPublishRequest(encoded);
    const topic = pubsub.topic(request.topic);
    const { transforms } = topic;
    if (transforms) return publishTransformed({ pubsub, topic, transforms, call }, request);
    return encodePublishResponse(publish({ pubsub, topic, call }, request));
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

interface Publication {
  readonly pubsub: PubSub;
  readonly topic: Topic;
  readonly call: Call;
}

function publish({ pubsub, topic, call }: Publication, request: PublishRequest): number[] {
  const { schemaSettings } = topic.resource;
  const { bytes, messages } = schemaSettings ? validatePublished(pubsub.schemas, schemaSettings, request) : request;
  const ids = topic.publish(bytes, messages);
  const { newestId } = topic.log;
  call.onAnswered(() => pubsub.releases.answered(topic, newestId));
  return ids;
}

/** A schema is for what subscribers get: it is applied to what the transforms have left. */
async function publishTransformed(
  { transforms, ...publication }: Publication & { readonly transforms: CompiledTransforms },
  original: PublishRequest,
): Promise<Buffer> {
  const { topic } = publication;
  const { held } = publication.pubsub;
  const { length } = original.bytes;
  // What waits for a slow function is held too.
  held.requireRoomFor(length);
  held.add(length);
  try {
    const { request, isKept } = await transformRequest(transforms, original);
    requireNotDeleted(topic);
    const ids = publish(publication, request).values();
    return encodePublishResponse(isKept.map((kept) => (kept ? ids.next().value : undefined) ?? topic.nextFilteredId()));
  } finally {
    held.remove(length);
  }
}

function requireNotDeleted(topic: Topic): void {
  if (topic.isDeleted) throw notFound(parseResourceName('topics', topic.name).id);
}

/** Transforms that did not come into use are not kept. */
function closingOnError<Result>(transforms: CompiledTransforms | undefined, use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    transforms?.close();
    throw error;
  }
}
