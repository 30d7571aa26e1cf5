import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { deadLetterOf } from '#shared/delivery/dead-letter.ts';
import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import { messageKeyOf } from '#shared/events/message-key.ts';
import {
  decodeEventMessage,
  decodeUserPropertiesMessage,
  encodeDecisionMessage,
  MessageDecodeError,
} from '#shared/events/messages.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { hasMoreValuesThan } from '#shared/events/json-values.ts';
import type { UserProperties } from '#shared/events/user-properties.ts';
import type { Publisher, PublishTarget } from '#shared/publishing/publisher.ts';
import type { Stream } from '#shared/naming/tenant-names.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import type { Applier } from '../applying/applier.ts';
import type { Application, ApplicationResult } from '../applying/apply-once.ts';
import { applyEvent, applyUserProperties } from '../profile/apply.ts';
import type { ApplyContext, RuleFailure } from '../profile/apply.ts';
import { PropertiesTooLargeError } from '../profile/properties.ts';
import { ruleBookOf } from '../rules/compiled-rules.ts';
import type { BeginEvaluation } from '../rules/rule-evaluator.ts';
import { UnstorableError } from '../storage/profile-repository.ts';
import type { AppliedMessage } from '../storage/profile-repository.ts';
import type { PushedMessage } from './push-envelope.ts';
import { MAX_MESSAGE_VALUES } from './push-weight.ts';
import type { PushSubscription } from './subscription.ts';

export interface MessageProcessorDeps {
  readonly tenants: TenantStore;
  readonly applier: Applier;
  readonly beginEvaluation: BeginEvaluation;
  readonly publisher: Publisher;
  readonly nowMs: () => number;
}

/** What became of a message that need not be delivered again. */
export interface Processed {
  readonly outcome: 'applied' | 'duplicate' | 'dead_lettered';
  readonly eventId?: string;
  /** How many decisions were published. */
  readonly decisions: number;
  readonly failures: readonly RuleFailure[];
  /** Why it was dead-lettered. */
  readonly reason?: string;
}

export interface MessageProcessor {
  /**
   * Applies a message to its subject's profile and publishes what was decided; or dead-letters it, where it can never be
   * applied. Any number of deliveries have one effect; a decision may be published twice when a process dies between
   * publishing and recording that it did, under the same id.
   *
   * @throws when it may succeed later.
   */
  process(subscription: PushSubscription, message: PushedMessage): Promise<Processed>;
}

/** A message that no delivery can make succeed. `message` is the reason it is dead-lettered with. */
class PoisonError extends Error {
  override readonly name = 'PoisonError';
}

/** Pub/Sub did not acknowledge what was to be published. */
class NotPublishedError extends Error {
  override readonly name = 'NotPublishedError';
}

/** Decisions wait for nobody: what is there after a millisecond leaves. */
const BATCHING: PublishTarget['batching'] = { maxMessages: 500, maxBytes: 1_048_576, maxMilliseconds: 1 };

const MARK_DEADLINE_MS = 1_500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Keeps no state between messages: what was applied, and what is published, is the applier's to know. */
export function createMessageProcessor(deps: MessageProcessorDeps): MessageProcessor {
  const { tenants, applier, beginEvaluation, publisher, nowMs } = deps;

  async function publish({ tenantId }: PushSubscription, stream: Stream, messages: StreamMessage[]): Promise<void> {
    const outcomes = await publisher.publish({ tenantId, batching: BATCHING }, stream, messages);
    const failed = outcomes.find(({ status }) => status !== 'accepted');
    if (failed !== undefined && 'reason' in failed) throw new NotPublishedError(`${stream}: ${failed.reason}`);
  }

  async function publishDecisions(
    subscription: PushSubscription,
    settings: TenantSettings,
    application: Application,
    message: AppliedMessage,
    traceparent: string | undefined,
  ): Promise<void> {
    const options = { ordering: settings.ordering, traceparent };
    const decisions = message.decisions.map((decision) => encodeDecisionMessage(decision, options));
    await publish(subscription, 'decisions', decisions);
    // Only spares a repetition: without the mark, a redelivery publishes the same decisions under the same ids.
    const marked = applier.markPublished(application, message);
    await withDeadline(marked, MARK_DEADLINE_MS, 'marking a message as published').catch(() => undefined);
  }

  /** Hands the message to the tenant's dead-letter topic. @throws when Pub/Sub did not acknowledge that. */
  async function deadLetter(
    subscription: PushSubscription,
    message: PushedMessage,
    reason: string,
  ): Promise<Processed> {
    const { subscription: sourceSubscription, deliveryAttempt } = message;
    const letter = deadLetterOf(message, { reason, sourceSubscription, deliveryAttempt });
    await publish(subscription, 'dead-letter', [letter]);
    return { outcome: 'dead_lettered', decisions: 0, failures: [], reason };
  }

  async function apply(subscription: PushSubscription, message: PushedMessage): Promise<Processed> {
    const settings = await tenants.get(subscription.tenantId);
    if (settings === undefined) throw new Error(`tenants/${subscription.tenantId}: no such document`);
    const context: ApplyContext = {
      rules: ruleBookOf(settings),
      beginEvaluation: () => beginEvaluation(subscription.tenantId),
      nowMs: nowMs(),
    };
    const application = toApplication(subscription, message, settings, context);
    const result = valid(await applier.apply(application));
    const { decisions, published } = result.message;
    if (!published) {
      const traceparent = message.attributes['googclient_traceparent'];
      await publishDecisions(subscription, settings, application, result.message, traceparent);
    }
    return {
      outcome: result.status,
      eventId: application.messageKey,
      decisions: published ? 0 : decisions.length,
      failures: result.failures,
    };
  }

  return {
    process: async (subscription, message) => {
      try {
        return await apply(subscription, message);
      } catch (error) {
        if (error instanceof PoisonError) return await deadLetter(subscription, message, error.message);
        throw error;
      }
    },
  };
}

function toApplication(
  { tenantId, stream }: PushSubscription,
  message: PushedMessage,
  { subjectRetentionDays }: TenantSettings,
  context: ApplyContext,
): Application {
  const content = decoded(stream, message);
  if (content.tenant_id !== tenantId) throw new PoisonError('tenant_id: is not that of the topic');
  return {
    tenantId,
    projectId: content.project_id,
    subject: content.subject,
    messageKey: messageKeyOf(stream, content.id),
    apply: (profile) =>
      'type' in content ? applyEvent(profile, content, context) : applyUserProperties(profile, content, context),
    retentionMs: subjectRetentionDays * DAY_MS,
  };
}

function decoded(stream: PushSubscription['stream'], message: PushedMessage): EventEnvelope | UserProperties {
  if (hasMoreValuesThan(message.data, MAX_MESSAGE_VALUES)) {
    throw new PoisonError(`data: holds more than ${MAX_MESSAGE_VALUES} JSON values`);
  }
  try {
    return stream === 'events' ? decodeEventMessage(message) : decodeUserPropertiesMessage(message);
  } catch (error) {
    if (error instanceof MessageDecodeError) throw new PoisonError(error.message, { cause: error });
    throw error;
  }
}

/** @throws {PoisonError} where the message is at fault; where we are, what was thrown: a later release may do better. */
function valid(result: ApplicationResult): Exclude<ApplicationResult, { status: 'refused' }> {
  if (result.status !== 'refused') return result;
  const { error } = result;
  if (error instanceof PropertiesTooLargeError || error instanceof UnstorableError) {
    throw new PoisonError(error.message, { cause: error });
  }
  throw error;
}
