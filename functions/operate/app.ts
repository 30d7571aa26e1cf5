import { type Context, Hono } from 'hono';
import { auditAdmin } from '#shared/audit/audit-admin.ts';
import type { Audit } from '#shared/audit/audit-record.ts';
import { credentialIdOf, makeApiKey } from '#shared/auth/api-key.ts';
import { CreateApiKey, RotateApiKey } from '#shared/auth/api-key-views.ts';
import type { Authenticate } from '#shared/auth/authenticator.ts';
import { actorOf, type Caller, requireScope } from '#shared/auth/caller.ts';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';
import { limitInFlight } from '#shared/limits/limit-in-flight.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import { requestLog, type RequestLogEnv } from '#shared/telemetry/request-log.ts';
import { activeTenant } from '#shared/tenancy/active-tenant.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import type { ApiKeyStore } from './api-keys/api-key-store.ts';
import { decideCreation, decideDeletion, decideRotation, visibleKeys } from './api-keys/decisions.ts';
import { viewOf } from './api-keys/view.ts';
import { readJson } from './read-json.ts';

export interface OperateDeps {
  readonly authenticate: Authenticate;
  readonly tenants: TenantStore;
  readonly apiKeys: ApiKeyStore;
  readonly logger: Logger;
  readonly audit: Audit;
  /** Wall clock. */
  readonly nowMs: () => number;
}

type OperateContext = Context<RequestLogEnv>;

const MAX_IN_FLIGHT = 8;
const SECRET = { 'cache-control': 'no-store' };

/**
 * The function by which a tenant's own administrators see to its API keys: `/v1/api-keys`, for credentials with the scope
 * `admin`. Whatever id is named, nothing is told or changed of another tenant's, and each use leaves an audit record.
 */
export function createOperateApp(deps: OperateDeps): Hono<RequestLogEnv> {
  const { apiKeys, audit, nowMs } = deps;
  const inFlight = limitInFlight({ max: MAX_IN_FLIGHT });
  const app = new Hono<RequestLogEnv>();
  app.use(requestLog('operate', deps.logger, audit));
  answerWithProblems(app);

  /** Does `run` for an administrator, on record. */
  const asAdmin = <Result>(
    caller: Caller,
    action: string,
    id: string,
    run: (nowMs: number) => Promise<Result>,
  ): Promise<Result> =>
    inFlight(caller.tenantId, () =>
      auditAdmin(audit, actorOf(caller), { action: `api_key.${action}`, resource: `api-keys/${id}` }, () =>
        run(nowMs()),
      ),
    );

  app.get('/v1/api-keys', async (c) => {
    const caller = await requireAdmin(c, deps);
    const keys = await asAdmin(caller, 'list', '', async (nowMs) =>
      visibleKeys(await apiKeys.read(caller.tenantId, nowMs), { caller, nowMs }),
    );
    return c.json({ api_keys: keys.map(viewOf) }, 200, SECRET);
  });

  app.post('/v1/api-keys', async (c) => {
    const caller = await requireAdmin(c, deps);
    const wanted = await inFlight(caller.tenantId, () => readJson(c.req.raw, CreateApiKey));
    const { key, sha256 } = makeApiKey(caller.tenantId);
    const made = await asAdmin(caller, 'create', credentialIdOf(sha256), (nowMs) =>
      apiKeys.change(caller.tenantId, nowMs, (keys) => decideCreation(keys, sha256, wanted, { caller, nowMs })),
    );
    return c.json({ ...viewOf(made), key }, 201, SECRET);
  });

  app.post('/v1/api-keys/:id/rotate', async (c) => {
    const caller = await requireAdmin(c, deps);
    const wanted = await inFlight(caller.tenantId, () => readJson(c.req.raw, RotateApiKey));
    const id = c.req.param('id');
    const { key, sha256 } = makeApiKey(caller.tenantId);
    const rotated = await asAdmin(caller, 'rotate', id, (nowMs) =>
      apiKeys.change(caller.tenantId, nowMs, (keys) => decideRotation(keys, sha256, id, wanted, { caller, nowMs })),
    );
    const previous = { id, expires_at: new Date(rotated.previousExpiresAtMs).toISOString() };
    return c.json({ ...viewOf(rotated.key), key, previous }, 201, SECRET);
  });

  app.delete('/v1/api-keys/:id', async (c) => {
    const caller = await requireAdmin(c, deps);
    const id = c.req.param('id');
    await asAdmin(caller, 'revoke', id, (nowMs) =>
      apiKeys.change(caller.tenantId, nowMs, (keys) => decideDeletion(keys, id, { caller, nowMs })),
    );
    return c.body(null, 204);
  });

  app.all('/v1/api-keys', allowOnly('GET, HEAD, POST'));
  app.all('/v1/api-keys/:id', allowOnly('DELETE'));
  app.all('/v1/api-keys/:id/rotate', allowOnly('POST'));
  return app;
}

/** @throws Refusal where the caller is nobody, no administrator, or its tenant is suspended. */
async function requireAdmin(c: OperateContext, { authenticate, tenants }: OperateDeps): Promise<Caller> {
  const caller = await authenticate(c.req.header('authorization'));
  c.var.log[FIELD.tenantId] = caller.tenantId;
  c.var.log[FIELD.credentialId] = caller.credentialId;
  requireScope(caller, 'admin');
  await activeTenant(caller, tenants);
  return caller;
}
