import { randomUUID } from 'node:crypto';
import { Firestore } from '@google-cloud/firestore';
import { createAuditLog } from '#shared/audit/audit-log.ts';
import { createApiKeyVerifier, loadApiKeyFrom } from '#shared/auth/api-key-verifier.ts';
import { createAuthenticator } from '#shared/auth/authenticator.ts';
import { fetchKeySet } from '#shared/auth/jwt/fetch-key-set.ts';
import { createIssuerKeys } from '#shared/auth/jwt/issuer-keys.ts';
import { createJwtVerifier } from '#shared/auth/jwt/jwt-verifier.ts';
import { createLookups } from '#shared/auth/lookups/lookups.ts';
import type { Config, FunctionName } from '#shared/config/config.ts';
import { createDocumentReads } from '#shared/gathering/document-reads.ts';
import { createHealthApp } from '#shared/health/health-app.ts';
import type { FetchApp } from '#shared/hosting/fetch-app.ts';
import { createTenantGate } from '#shared/limits/gate.ts';
import { settleIn } from '#shared/limits/lease/settle-in.ts';
import type { TenantGate } from '#shared/limits/tenant-gate.ts';
import { PUSH_ACCOUNT_ID, serviceAccountEmail } from '#shared/naming/tenant-names.ts';
import type { PublishFailure } from '#shared/publishing/attempts.ts';
import { Outages } from '#shared/publishing/outages.ts';
import { createPublisher, type Publisher } from '#shared/publishing/publisher.ts';
import { createPublishRpc, type PublishRpc } from '#shared/publishing/publish-rpc.ts';
import { type BestEffort, createBestEffort } from '#shared/outage/best-effort.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import { createTenantStore } from '#shared/tenancy/tenant-store.ts';
import { createDecideApp } from './decide/app.ts';
import { createPushTokenVerifier } from './decide/push/push-token.ts';
import { createFirestoreProfiles } from './decide/storage/firestore-profiles.ts';
import { createIngestApp } from './ingest/app.ts';
import { createDeadLetters } from './ingest/capture/dead-letters.ts';
import { createFirestoreMarks } from './ingest/deduplication/firestore-marks.ts';
import { createRememberedMarks } from './ingest/deduplication/remembered-marks.ts';
import { createFirestoreRecords } from './ingest/idempotency/firestore-records.ts';
import { createRemembering } from './ingest/idempotency/remembering.ts';
import { LIMITS } from './ingest/limits.ts';
import { createFirestoreApiKeys } from './operate/api-keys/firestore-store.ts';
import { createOperateApp } from './operate/app.ts';
import { routeByPath } from './routes.ts';

/** The functions that a process serves, as one application for any host. */
export interface Functions {
  readonly app: FetchApp;
  /** Waits for what is being published, then ends the connections. To be called when no request is in flight. */
  readonly close: () => Promise<void>;
}

/** Connects to what the functions stand on, and puts together those that `config.functions` names. */
export function composeFunctions(config: Config, logger: Logger): Functions {
  const clients = connect(config, logger);
  const { firestore, rpc, publisher, outages } = clients;
  const gate = createGate(config, firestore, logger);
  const health = createHealthApp({
    standing: () => outages.standing(performance.now()),
    isReachable: (timeoutMs) => rpc.isReachable(timeoutMs),
    logger,
  });
  return {
    app: routeByPath(appsOf(config, logger, clients, gate), health),
    close: async () => {
      await publisher.flush();
      await gate.close();
      await Promise.allSettled([rpc.close(), firestore.terminate()]);
    },
  };
}

interface Clients {
  readonly firestore: Firestore;
  readonly rpc: PublishRpc;
  readonly publisher: Publisher;
  readonly outages: Outages;
}

/** Without a bound near this, a connection that was down for long would be tried again only after two minutes. */
const FIRESTORE_RECONNECT = { 'grpc.max_reconnect_backoff_ms': 1_000 };
/** What a request waits for what `ingest` can do without. */
const MEMORY_DEADLINE_MS = 2_000;

function connect({ projectId, publishDeadlineMs }: Config, logger: Logger): Clients {
  const firestore = new Firestore({ projectId, grpcOptions: FIRESTORE_RECONNECT });
  const rpc = createPublishRpc(projectId);
  const onFailure = ({ topic, messages, grpcCode, attempts, error }: PublishFailure): void =>
    logger.error(
      {
        [FIELD.topic]: topic,
        [FIELD.messages]: messages,
        [FIELD.grpcCode]: grpcCode,
        [FIELD.attempts]: attempts,
        [FIELD.error]: error,
      },
      'publish failed',
    );
  const outages = new Outages();
  const publisher = createPublisher({ rpc, deadlineMs: publishDeadlineMs, onFailure, outages });
  return { firestore, rpc, publisher, outages };
}

/** Bodies that one instance takes on at a time, whoever sends them. */
const MAX_BODY_BYTES_IN_FLIGHT = 256_000_000;

/** What requests can do without: `what` names it in the log. */
function memory(what: string, logger: Logger): BestEffort {
  return createBestEffort({
    deadlineMs: MEMORY_DEADLINE_MS,
    onFailure: ({ failed, skipped, error }) =>
      logger.error(
        { [FIELD.memory]: what, [FIELD.failed]: failed, [FIELD.skipped]: skipped, [FIELD.error]: error },
        'went on without memory',
      ),
  });
}

function createGate({ maxConcurrentRequests }: Config, firestore: Firestore, logger: Logger): TenantGate {
  return createTenantGate({
    settle: settleIn(firestore, memory('limits', logger)),
    instanceId: randomUUID(),
    bounds: { requests: maxConcurrentRequests, bodyBytes: MAX_BODY_BYTES_IN_FLIGHT },
    maxBodyBytes: LIMITS.maxBodyBytes,
  });
}

/** The functions that `config.functions` names, each with what it needs: what is not served takes no time to start, and no memory. */
function appsOf(
  config: Config,
  logger: Logger,
  { firestore, publisher }: Clients,
  gate: TenantGate,
): Readonly<Partial<Record<FunctionName, FetchApp>>> {
  const read = createDocumentReads(firestore);
  const tenants = createTenantStore(read);
  const audit = createAuditLog(logger);
  const lookups = createLookups();
  const authenticate = createAuthenticator([
    createApiKeyVerifier({ load: loadApiKeyFrom(read), lookups }),
    createJwtVerifier({ tenants, keys: createIssuerKeys({ fetchKeySet }), lookups }),
  ]);
  const makeIngest = (): FetchApp =>
    createIngestApp({
      authenticate,
      tenants,
      gate,
      idempotency: createRemembering({
        records: createFirestoreRecords(firestore),
        effort: memory('idempotency keys', logger),
        nowMs: Date.now,
      }),
      marks: createRememberedMarks({
        store: createFirestoreMarks(firestore),
        effort: memory('events accepted before', logger),
        nowMs: Date.now,
      }),
      publisher,
      captureRefused: createDeadLetters({
        publisher,
        onNotCaptured: ({ tenantId, events }) =>
          logger.error({ [FIELD.tenantId]: tenantId, [FIELD.refused]: events }, 'refused events could not be kept'),
      }),
      logger,
      audit,
      now: () => new Date(),
    });
  const makeDecide = (): FetchApp =>
    createDecideApp({
      projectId: config.projectId,
      tenants,
      profiles: createFirestoreProfiles(firestore),
      logOneAppliedPushIn: config.logOneAppliedPushIn,
      publisher,
      verifyPushToken: createPushTokenVerifier({
        audience: config.pushAudience,
        account: serviceAccountEmail(config.projectId, PUSH_ACCOUNT_ID),
        jwksUri: config.oidcJwksUrl,
        // Apart from those of tenants' issuers, of which some other tenant's may be thousands, or the same.
        keys: createIssuerKeys({ fetchKeySet }),
      }),
      authenticate,
      logger,
      audit,
    });
  const makeOperate = (): FetchApp => {
    const apiKeys = createFirestoreApiKeys(firestore);
    return createOperateApp({ authenticate, tenants, apiKeys, logger, audit, nowMs: Date.now });
  };
  const make = { ingest: makeIngest, decide: makeDecide, operate: makeOperate };
  return Object.fromEntries(config.functions.map((name) => [name, make[name]()]));
}
