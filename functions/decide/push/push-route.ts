import type { Context } from 'hono';
import { auditDenial, levelOfRefused } from '#shared/audit/audit-denial.ts';
import type { Audit } from '#shared/audit/audit-record.ts';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal, toRefusal } from '#shared/errors/refusals.ts';
import type { RunInTurn } from '#shared/limits/share/timed-turns.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import type { MessageProcessor, Processed } from './process-message.ts';
import { InvalidPushError, parsePush } from './push-envelope.ts';
import type { PushedMessage } from './push-envelope.ts';
import { bodyOf, lengthOf } from './push-body.ts';
import type { RunInBudget } from './push-budget.ts';
import type { IsLogged } from './push-sampling.ts';
import type { PushTokenVerifier } from './push-token.ts';
import { weightOf } from './push-weight.ts';
import { pushSubscriptionOf } from './subscription.ts';
import type { PushSubscription } from './subscription.ts';

export interface PushRouteDeps {
  readonly projectId: string;
  readonly verifyToken: PushTokenVerifier;
  readonly inBudget: RunInBudget;
  readonly inTurn: RunInTurn;
  readonly processor: MessageProcessor;
  readonly logger: Logger;
  readonly audit: Audit;
  /** Whether what became of a push gets a line in the log. */
  readonly isLogged: IsLogged;
  readonly nowMs: () => number;
}

const ROUTE = 'POST /push';
/** What is parsed in a millisecond, with what is parsed of it next. */
const BYTES_PER_MS = 150_000;
/**
 * With what a push may wait for room, below `ackDeadlineSeconds`: Pub/Sub hears that a message failed before it delivers it
 * again on its own.
 */
const PROCESS_DEADLINE_MS = 40_000;

/**
 * `POST /push`: one message. 204 acknowledges it: it is applied and what was decided is published, or it is in the
 * dead-letter topic. Any other status has Pub/Sub deliver it again.
 */
export function createPushRoute(deps: PushRouteDeps) {
  const { projectId, verifyToken, inBudget, inTurn, processor, logger, audit, isLogged, nowMs } = deps;

  return async (context: Context): Promise<Response> => {
    const startedAtMs = nowMs();
    const fields: Record<string, unknown> = { [FIELD.function]: 'decide', [FIELD.route]: ROUTE };
    try {
      const tenantId = await verified(verifyToken, context.req.header('authorization'));
      const processed = await inBudget(tenantId, weightOf(lengthOf(context.req.raw)), async () => {
        const message = await received(context.req.raw, tenantId);
        const subscription = permitted(projectId, message, tenantId);
        Object.assign(fields, fieldsOf(subscription, message));
        const outcome = await process(subscription, message);
        if (!isLogged(outcome, message)) return undefined;
        Object.assign(fields, outcomeFields(outcome), { [FIELD.lagMs]: nowMs() - Date.parse(message.publishTime) });
        return outcome;
      });
      if (processed === undefined) return new Response(null, { status: 204 });
      Object.assign(fields, { [FIELD.status]: 204, [FIELD.durationMs]: nowMs() - startedAtMs });
      logger[levelOf(processed)](fields, 'push');
      return new Response(null, { status: 204 });
    } catch (error) {
      const refusal = toRefusal(error);
      Object.assign(fields, { [FIELD.code]: refusal.code, [FIELD.status]: refusal.status });
      Object.assign(fields, { [FIELD.error]: refusal.cause, [FIELD.durationMs]: nowMs() - startedAtMs });
      logger[levelOfRefused(refusal)](fields, 'push');
      auditDenial(audit, refusal, ROUTE);
      return problemResponse(refusal);
    }
  };

  /** Of the body nothing is held any more once the message is taken from it. */
  async function received(request: Request, tenantId: TenantId): Promise<PushedMessage> {
    const body = await bodyOf(request);
    return inTurn(tenantId, body.length / BYTES_PER_MS, () => parsed(body));
  }

  /** However often it was delivered, a failure is one that may pass: what can never succeed, the processor has handed over. */
  function process(subscription: PushSubscription, message: PushedMessage): Promise<Processed> {
    const processing = processor.process(subscription, message);
    return withDeadline(processing, PROCESS_DEADLINE_MS, 'processing').catch((error: unknown) => {
      throw notProcessed(error);
    });
  }
}

function notProcessed(cause: unknown): Refusal {
  return new Refusal('not_processed', { cause });
}

/** @returns the tenant whose pushes carry such a token. */
async function verified(verifyToken: PushTokenVerifier, authorization: string | undefined): Promise<TenantId> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined)
    throw new Refusal('missing_credentials', {
      detail: 'A push request carries a bearer token.',
      denial: { reason: 'no_credential' },
    });
  const push = await verifyToken(token).catch((error: unknown) => {
    throw notProcessed(error);
  });
  if ('denial' in push) throw new Refusal('invalid_credentials', push);
  return push.tenantId;
}

function parsed(body: string): PushedMessage {
  try {
    return parsePush(body);
  } catch (error) {
    if (error instanceof InvalidPushError) throw new Refusal('invalid_body', { detail: error.message, cause: error });
    throw error;
  }
}

/** A token is good for the subscriptions of the tenant that its audience names, and for no other's. */
function permitted(projectId: string, message: PushedMessage, tenantId: TenantId): PushSubscription {
  const subscription = pushSubscriptionOf(projectId, message.subscription);
  if (subscription?.tenantId !== tenantId) {
    throw new Refusal('insufficient_scope', {
      detail: 'The token is not one for this subscription.',
      denial: {
        credentialKind: 'push_token',
        tenantId,
        claimedTenantId: subscription?.tenantId,
        reason: 'wrong_subscription',
      },
    });
  }
  return subscription;
}

function fieldsOf({ tenantId }: PushSubscription, message: PushedMessage): Record<string, unknown> {
  return {
    [FIELD.tenantId]: tenantId,
    [FIELD.subscription]: message.subscription,
    [FIELD.messageId]: message.messageId,
    [FIELD.deliveryAttempt]: message.deliveryAttempt,
    [FIELD.eventId]: message.attributes['event_id'],
  };
}

function outcomeFields({ outcome, decisions, failures, reason }: Processed): Record<string, unknown> {
  return {
    [FIELD.outcome]: outcome,
    ...(decisions === 0 ? {} : { [FIELD.decisions]: decisions }),
    ...(failures.length === 0 ? {} : { [FIELD.ruleFailures]: failures }),
    ...(reason === undefined ? {} : { [FIELD.reason]: reason }),
  };
}

function levelOf({ outcome, failures }: Processed): 'info' | 'warn' | 'error' {
  if (outcome === 'dead_lettered') return 'error';
  return failures.length === 0 ? 'info' : 'warn';
}
