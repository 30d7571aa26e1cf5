import { randomBytes } from 'node:crypto';
import type { AuditRecord } from '#shared/audit/audit-record.ts';
import { createApiKeyVerifier } from '#shared/auth/api-key-verifier.ts';
import { createAuthenticator } from '#shared/auth/authenticator.ts';
import { createLookups } from '#shared/auth/lookups/lookups.ts';
import { parseApiKey } from '#shared/auth/api-key.ts';
import { type Scope, SCOPES } from '#shared/auth/scopes.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { OPEN_GATE } from '#shared/limits/tenant-gate.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { PublishOutcome } from '#shared/publishing/outcome.ts';
import type { Publisher } from '#shared/publishing/publisher.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { createIngestApp, type IngestDeps } from './app.ts';

const ACME = TenantId.parse('acme');

/** An event that every open tenant may send. */
export const EVENT = {
  id: 'evt_1',
  type: 'order.shipped',
  timestamp: '2026-11-20T10:30:00Z',
  subject: 'cus_1',
  data: {},
};

/** The time of receipt in tests. */
export const RECEIVED_AT = '2026-11-20T10:30:01.250Z';

interface Published {
  readonly topic: string;
  readonly messages: readonly StreamMessage[];
}

interface SetUp {
  /** Of the tenant `acme`, beside the defaults. */
  readonly settings?: Record<string, unknown> | undefined;
  readonly scopes?: readonly Scope[];
  /** What Pub/Sub does with a message. */
  readonly outcomeOf?: (message: StreamMessage) => PublishOutcome;
  readonly firestoreIsDown?: boolean;
  /** What is to be another than in most tests. */
  readonly deps?: Partial<IngestDeps>;
}

/** The whole application for the tenant `acme`, with nothing outside the process: what it publishes is kept in `published`. */
export function setUp({ settings, scopes = SCOPES, outcomeOf, firestoreIsDown = false, deps }: SetUp = {}) {
  const apiKey = `hg_acme_${randomBytes(32).toString('base64url')}`;
  const published: Published[] = [];
  const lines: string[] = [];
  const audited: AuditRecord[] = [];
  const publisher: Publisher = {
    publish: async ({ tenantId }, stream, messages) => {
      if (messages.length > 0) published.push({ topic: `${tenantId}.${stream}`, messages });
      return messages.map((message) => outcomeOf?.(message) ?? { status: 'accepted' });
    },
    flush: async () => undefined,
  };
  const app = createIngestApp({
    authenticate: createAuthenticator([
      createApiKeyVerifier({
        load: async (sha256) =>
          sha256 === parseApiKey(apiKey)?.sha256
            ? { tenantId: ACME, projectId: undefined, scopes: new Set(scopes), expiresAtMs: undefined }
            : undefined,
        lookups: createLookups(),
      }),
    ]),
    tenants: {
      get: async (tenantId) => {
        if (firestoreIsDown) throw new Error('Firestore is down');
        return TenantSettings.parse({ tenantId, mode: 'open', ...settings });
      },
    },
    gate: OPEN_GATE,
    idempotency: { once: (_request, run) => run() },
    marks: { seen: async () => new Set(), mark: async () => undefined },
    publisher,
    captureRefused: async () => undefined,
    logger: createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } }),
    audit: (record) => audited.push(record),
    now: () => new Date(RECEIVED_AT),
    ...deps,
  });
  /** Posts `body`: bytes and text as they are, anything else as JSON. */
  const post = async (body: unknown, headers: Record<string, string> = {}, path = '/v1/events'): Promise<Response> =>
    app.request(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  /** The latest line of the log. */
  const lastLine = () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  return { app, apiKey, post, published, lines, lastLine, audited };
}
