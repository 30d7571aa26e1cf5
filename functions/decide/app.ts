import { Hono } from 'hono';
import type { Audit } from '#shared/audit/audit-record.ts';
import type { Authenticate } from '#shared/auth/authenticator.ts';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';
import { createTimedTurns } from '#shared/limits/share/timed-turns.ts';
import type { Publisher } from '#shared/publishing/publisher.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import { createApplier } from './applying/applier.ts';
import { createMessageProcessor } from './push/process-message.ts';
import { createPushBudget } from './push/push-budget.ts';
import { createPushRoute } from './push/push-route.ts';
import { createPushSampling } from './push/push-sampling.ts';
import { heapBudgetBytes } from './push/push-weight.ts';
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
  /** Of so many pushes about which nothing more is to be said than that they were applied, one is logged. Default 1. */
  readonly logOneAppliedPushIn?: number;
  readonly audit: Audit;
  /** What pushes may weigh at a time: see `weightOf`. Default: what the process's heap has room for. */
  readonly pushBudgetBytes?: number;
  /** Wall clock. Default `Date.now`. */
  readonly nowMs?: () => number;
}

/** Long enough for what is under way to make room, short enough to be processed before Pub/Sub delivers it again. */
const MAX_WAIT_FOR_ROOM_MS = 8_000;

/**
 * The function that applies events to profiles and decides: `POST /push` for Pub/Sub, `GET /v1/subjects/{subject}` for
 * customers.
 */
export function createDecideApp(deps: DecideDeps): Hono {
  const { nowMs = Date.now, profiles } = deps;
  const inTurn = createTimedTurns();
  const processor = createMessageProcessor({
    ...deps,
    nowMs,
    applier: createApplier({ profiles, inTurn }),
    beginEvaluation: createRuleEvaluator(),
  });
  const inBudget = createPushBudget({
    bytes: deps.pushBudgetBytes ?? heapBudgetBytes(),
    maxWaitMs: MAX_WAIT_FOR_ROOM_MS,
  });
  const app = new Hono();
  answerWithProblems(app);
  app.post(
    '/push',
    createPushRoute({
      ...deps,
      nowMs,
      inBudget,
      inTurn,
      processor,
      verifyToken: deps.verifyPushToken,
      isLogged: createPushSampling(deps.logOneAppliedPushIn ?? 1),
    }),
  );
  app.all('/push', allowOnly('POST'));
  app.get('/v1/subjects/:subject', createSubjectRoute({ ...deps, nowMs }));
  app.all('/v1/subjects/:subject', allowOnly('GET, HEAD'));
  return app;
}
