/**
 * Serves the functions on one port: `ingest`, and `decide` at `/push` and `/v1/subjects/`. Configured by its environment
 * (`shared/config`). SIGTERM and SIGINT end it once what is in flight has been answered; so does the end of the process
 * that forked it, which is told `{ready: {url}}` when connections are accepted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { createApiKeyVerifier, loadApiKeyFrom } from '#shared/auth/api-key-verifier.ts';
import { createAuthenticator } from '#shared/auth/authenticator.ts';
import { type Config, readConfig } from '#shared/config/config.ts';
import { type NodeHost, startNodeHost } from '#shared/hosting/node-host.ts';
import type { PublishFailure } from '#shared/publishing/attempts.ts';
import { OPEN_GATE } from '#shared/limits/tenant-gate.ts';
import { createPublisher, type Publisher } from '#shared/publishing/publisher.ts';
import { createPublishRpc, type PublishRpc } from '#shared/publishing/publish-rpc.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import { createLogger, type Logger } from '#shared/telemetry/logger.ts';
import { createTenantStore } from '#shared/tenancy/tenant-store.ts';
import { createDecideApp } from './decide/app.ts';
import { createPushTokenVerifier } from './decide/push/push-token.ts';
import { createFirestoreProfiles } from './decide/storage/firestore-profiles.ts';
import { createIngestApp } from './ingest/app.ts';

/** Cloud Run sends SIGKILL ten seconds after SIGTERM. */
const SHUTDOWN_MS = 10_000;
const DRAIN = { graceMs: 500, deadlineMs: 9_000 };
/** What is not acknowledged by then was never called accepted. The rest of the ten seconds is for the log. */
const FLUSH_DEADLINE_MS = 9_500;

interface Clients {
  readonly firestore: Firestore;
  readonly rpc: PublishRpc;
  readonly publisher: Publisher;
}

function connect({ projectId, publishDeadlineMs }: Config, logger: Logger): Clients {
  const firestore = new Firestore({ projectId });
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
  return { firestore, rpc, publisher: createPublisher({ rpc, deadlineMs: publishDeadlineMs, onFailure }) };
}

/** Both applications behind one `fetch`. */
function compose(config: Config, logger: Logger, { firestore, rpc, publisher }: Clients) {
  const tenants = createTenantStore(firestore);
  const authenticate = createAuthenticator([createApiKeyVerifier(loadApiKeyFrom(firestore))]);
  const ingest = createIngestApp({
    authenticate,
    tenants,
    gate: OPEN_GATE,
    idempotency: { once: (_request, run) => run() },
    marks: { seen: async () => new Set(), mark: async () => undefined },
    publisher,
    captureRefused: async () => undefined,
    logger,
    isReachable: (timeoutMs) => rpc.isReachable(timeoutMs),
    now: () => new Date(),
  });
  const decide = createDecideApp({
    projectId: config.projectId,
    tenants,
    profiles: createFirestoreProfiles(firestore),
    publisher,
    verifyPushToken: createPushTokenVerifier({ audience: config.pushAudience, certsUrl: config.oidcCertsUrl }),
    authenticate,
    logger,
  });
  return {
    fetch: (request: Request) => (isForDecide(request.url) ? decide : ingest).fetch(request),
  };
}

function isForDecide(url: string): boolean {
  const path = url.slice(url.indexOf('/', 'http://'.length));
  return /^\/push(?:\?|$)/.test(path) || path.startsWith('/v1/subjects/');
}

async function shutDown(host: NodeHost, { publisher, rpc, firestore }: Clients, logger: Logger): Promise<never> {
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  const flushDeadline = delay(FLUSH_DEADLINE_MS, false, { ref: false });
  const cutOff = await host.drain(DRAIN);
  const flushed = await Promise.race([publisher.flush().then(() => true), flushDeadline]);
  await Promise.race([Promise.allSettled([rpc.close(), firestore.terminate()]), flushDeadline]);
  logger.info({ cut_off: cutOff, flushed }, 'ended');
  await new Promise((resolve) => logger.flush(resolve));
  process.exit(0);
}

const config = readConfig(process.env);
const logger = createLogger({ level: config.logLevel });
const clients = connect(config, logger);
const host = await startNodeHost({ app: compose(config, logger, clients), host: config.host, port: config.port });

let ending: Promise<never> | undefined;
const end = (): void => {
  ending ??= shutDown(host, clients, logger);
};
process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end);
logger.info({ url: host.url }, 'listening');
process.send?.({ ready: { url: host.url } }, () => undefined);
// The parent was gone before anybody listened for its end.
if (process.send !== undefined && !process.connected) end();
