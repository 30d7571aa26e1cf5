import { randomUUID } from 'node:crypto';
import { requireAccepted } from './acknowledgements.ts';
import { DELETED_TOPIC, parseProject, parseResourceName } from './resource-name.ts';
import { type PageRequest, paginate } from './paging.ts';
import { MINUTE_MS, toMs } from './protocol/duration.ts';
import { encodeReceivedMessages, type ReceivedMessage } from './protocol/received-messages.ts';
import type { PushConfig, Subscription as SubscriptionResource, Timestamp } from './protocol/resources.ts';
import { invalidArgument, StatusError } from './protocol/status.ts';
import type { PubSub } from './pubsub.ts';
import { Pull } from './pull/pull.ts';
import { keepPushVersion } from './push/config.ts';
import type { Call, UnaryHandlers } from './rpc.ts';
import { createSnapshotRpcs } from './snapshot/snapshot-rpcs.ts';
import { requireWritableSchema } from './storage/topic-schema.ts';
import {
  checkSubscription,
  LONGEST_ACK_DEADLINE_SECONDS,
  UPDATABLE_SUBSCRIPTION_FIELDS,
} from './subscription-config.ts';
import type { Subscription } from './subscription.ts';
import type { Transform } from './transform/transform.ts';
import { applyUpdateMask } from './update-mask.ts';

export interface SubscriberOptions {
  /** Compiles a subscription's message transforms. */
  readonly compileTransforms: (resource: SubscriptionResource) => Promise<Transform | undefined>;
  /** See `PubSubServerOptions.emptyPullsTimeOut`. */
  readonly emptyPullsTimeOut: boolean;
}

interface NamesSubscription {
  readonly subscription?: string;
}

/** A pull waits no longer than that for a first message, and ends a little before its caller stops waiting. */
const LONGEST_PULL_MS = 1.5 * MINUTE_MS;
const PULL_MARGIN_MS = 100;
const MOST_MESSAGES_PULLED = 1000;

/** The unary RPCs of `google.pubsub.v1.Subscriber`. */
export function createSubscriber(
  pubsub: PubSub,
  { compileTransforms, emptyPullsTimeOut }: SubscriberOptions,
): UnaryHandlers {
  const update = async (subscription: Subscription, changed: SubscriptionResource): Promise<SubscriptionResource> => {
    const checked = checkSubscription(changed);
    requireDeadLetterTopic(pubsub, checked);
    requireWritableSchema(checked, subscription.topic.resource, pubsub.schemas);
    subscription.update(checked, await compileTransforms(checked));
    return subscription.resource;
  };

  return {
    async CreateSubscription({ detached: _outputOnly, ...requested }: SubscriptionResource) {
      const checked = checkSubscription({ ...requested, name: requested.name || generateName(requested) });
      if (checked.topic === DELETED_TOPIC) throw invalidArgument(`Invalid [topics] name: (name=${DELETED_TOPIC})`);
      const topic = pubsub.topic(checked.topic);
      requireDeadLetterTopic(pubsub, checked);
      requireWritableSchema(checked, topic.resource, pubsub.schemas);
      return pubsub.createSubscription(checked, await compileTransforms(checked)).resource;
    },

    GetSubscription: ({ subscription }: NamesSubscription) => pubsub.subscription(subscription).resource,

    UpdateSubscription(request: { subscription?: SubscriptionResource; updateMask?: { paths?: readonly string[] } }) {
      const { subscription: changes = {}, updateMask } = request;
      const subscription = pubsub.subscription(changes.name);
      const { resource } = subscription;
      return update(subscription, applyUpdateMask(resource, changes, updateMask?.paths, UPDATABLE_SUBSCRIPTION_FIELDS));
    },

    async ModifyPushConfig({ subscription: name, pushConfig = {} }: NamesSubscription & { pushConfig?: PushConfig }) {
      const subscription = pubsub.subscription(name);
      const { resource } = subscription;
      await update(subscription, { ...resource, pushConfig: keepPushVersion(resource.pushConfig, pushConfig) });
      return {};
    },

    ListSubscriptions({ project, ...page }: { project?: string } & PageRequest) {
      const prefix = `projects/${parseProject(project)}/`;
      const { items, ...next } = paginate(
        [...pubsub.subscriptions].filter(({ name }) => name.startsWith(prefix)),
        page,
      );
      return { subscriptions: items.map(({ resource }) => resource), ...next };
    },

    DeleteSubscription({ subscription }: NamesSubscription) {
      pubsub.deleteSubscription(pubsub.subscription(subscription));
      return {};
    },

    async Pull(request: NamesSubscription & { returnImmediately?: boolean; maxMessages?: number }, call: Call) {
      const { subscription: name, returnImmediately = false, maxMessages = 0 } = request;
      const subscription = pubsub.subscription(name);
      subscription.requirePullable();
      if (maxMessages <= 0) throw invalidArgument(`Invalid max_messages: ${maxMessages}. It must be positive.`);
      const most = Math.min(maxMessages, MOST_MESSAGES_PULLED);
      const messages = await pull(pubsub, subscription, most, returnImmediately, call);
      if (messages.length === 0 && emptyPullsTimeOut && !returnImmediately) {
        throw new StatusError('DEADLINE_EXCEEDED', 'There was no message within the time of the request.');
      }
      return encodeReceivedMessages(messages);
    },

    Acknowledge({ subscription, ackIds = [] }: NamesSubscription & { ackIds?: readonly string[] }) {
      requireAckIds(ackIds);
      requireAccepted(pubsub.subscription(subscription).acknowledge(ackIds));
      return {};
    },

    ModifyAckDeadline(request: NamesSubscription & { ackIds?: readonly string[]; ackDeadlineSeconds?: number }) {
      const { subscription, ackIds = [], ackDeadlineSeconds = 0 } = request;
      requireAckIds(ackIds);
      if (ackDeadlineSeconds < 0 || ackDeadlineSeconds > LONGEST_ACK_DEADLINE_SECONDS) {
        throw invalidArgument(`Invalid ack_deadline_seconds: ${ackDeadlineSeconds}.`);
      }
      requireAccepted(pubsub.subscription(subscription).modifyAckDeadline(ackIds, ackDeadlineSeconds));
      return {};
    },

    Seek({ subscription, time, snapshot }: NamesSubscription & { time?: Timestamp; snapshot?: string }) {
      const found = pubsub.subscription(subscription);
      if (snapshot) found.seekToSnapshot(pubsub.snapshots.get(snapshot));
      else if (time) found.seek(toMs(time));
      else throw invalidArgument('A seek needs a time or a snapshot.');
      return {};
    },

    ...createSnapshotRpcs(pubsub),
  };
}

function pull(
  pubsub: PubSub,
  subscription: Subscription,
  maxMessages: number,
  returnImmediately: boolean,
  call: Call,
): Promise<readonly ReceivedMessage[]> {
  const untilDeadlineMs = call.deadlineMs - pubsub.clock.now() - PULL_MARGIN_MS;
  const waitMs = returnImmediately ? 0 : Math.max(0, Math.min(LONGEST_PULL_MS, untilDeadlineMs));
  return new Promise((resolve, reject) => {
    const pulling = new Pull(subscription, maxMessages, (result) => {
      if (result instanceof StatusError) reject(result);
      else resolve(result);
    });
    call.onCancelled(() => pulling.cancel());
    pulling.start(pubsub.clock, waitMs);
  });
}

function requireAckIds(ackIds: readonly string[]): void {
  if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
}

/** The service refuses a policy whose topic does not exist. */
function requireDeadLetterTopic(pubsub: PubSub, { deadLetterPolicy }: SubscriptionResource): void {
  if (deadLetterPolicy?.deadLetterTopic) pubsub.topic(deadLetterPolicy.deadLetterTopic);
}

/** A subscription that is created without a name gets one in its topic's project. */
const generateName = ({ topic }: SubscriptionResource): string =>
  `projects/${parseResourceName('topics', topic).project}/subscriptions/subscription-${randomUUID()}`;
