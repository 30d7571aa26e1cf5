import { Hono } from 'hono';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Audit } from '#shared/audit/audit-record.ts';
import type { Authenticate } from '#shared/auth/authenticator.ts';
import { problemResponse } from '#shared/errors/problem.ts';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { Publisher } from '#shared/publishing/publisher.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import { createApplier } from './applying/applier.ts';
import { createMessageProcessor } from './push/process-message.ts';
import { createPushRoute } from './push/push-route.ts';
import type { PushTokenVerifier } from './push/push-token.ts';
import { createRuleEvaluator } from './rules/rule-evaluator.ts';
import type { ProfileRepository } from './storage/profile-repository.ts';
import { createSubjectRoute } from './subjects/subject-route.ts';

export interface DecideDeps {
  readonly projectId: string;
  readonly tenants: TenantStore;
  readonly profiles: ProfileRepository;
  readonly publisher: Publisher;
  readonly verifyPushToken: PushTokenVerifier;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly audit: Audit;
  /** Wall clock. Default `Date.now`. */
  readonly nowMs?: () => number;
}

/** A message of 10 MB in base64, and room for its envelope. */
const MAX_PUSH_BYTES = 15 * 1024 * 1024;

/**
 * The function that applies events to profiles and decides: `POST /push` for Pub/Sub, `GET /v1/subjects/{subject}` for
 * customers.
 */
export function createDecideApp(deps: DecideDeps): Hono {
  const { nowMs = Date.now, profiles } = deps;
  const processor = createMessageProcessor({
    ...deps,
    nowMs,
    applier: createApplier({ profiles }),
    beginEvaluation: createRuleEvaluator(),
  });
  const app = new Hono();
  answerWithProblems(app);
  app.post('/push', limitBody, createPushRoute({ ...deps, nowMs, processor, verifyToken: deps.verifyPushToken }));
  app.all('/push', allowOnly('POST'));
  app.get('/v1/subjects/:subject', createSubjectRoute({ ...deps, nowMs }));
  app.all('/v1/subjects/:subject', allowOnly('GET, HEAD'));
  return app;
}

const limitUndeclaredBody = bodyLimit({
  maxSize: MAX_PUSH_BYTES,
  onError: () => problemResponse(new Refusal('payload_too_large')),
});

/** What declares its length is held to it by the host; looking at its stream would only make reading it slower. */
const limitBody: MiddlewareHandler = (context, next) =>
  Number(context.req.header('content-length')) <= MAX_PUSH_BYTES ? next() : limitUndeclaredBody(context, next);
