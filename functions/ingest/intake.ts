import type { Authenticate } from '#shared/auth/authenticator.ts';
import { requireScope } from '#shared/auth/caller.ts';
import type { Publisher } from '#shared/publishing/publisher.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import { parseTraceparent } from '#shared/telemetry/trace-context.ts';
import { activeTenant } from '#shared/tenancy/active-tenant.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import { admit, itemsOf } from './admission.ts';
import { readJson } from './body.ts';
import type { Endpoint } from './endpoint.ts';
import { LIMITS } from './limits.ts';
import { bodyOf, resultsOf, tallyOf } from './results.ts';

export interface IntakeDeps {
  readonly authenticate: Authenticate;
  readonly tenants: TenantStore;
  readonly publisher: Publisher;
  /** The time of receipt. */
  readonly now: () => Date;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/**
 * Takes in a request's items: each is validated on its own, and what is valid is published to the caller's topic. The
 * answer is made only after Pub/Sub has acknowledged, or the publish deadline has passed.
 *
 * @param log receives what is known of the request.
 * @returns 202, where at least one item was accepted.
 * @throws Refusal otherwise.
 */
export async function takeIn<Item extends { readonly id: string }>(
  request: Request,
  endpoint: Endpoint<Item>,
  { authenticate, tenants, publisher, now }: IntakeDeps,
  log: Record<string, unknown>,
): Promise<Response> {
  const receivedAt = now().toISOString();
  const caller = await authenticate(request.headers.get('authorization'));
  log[FIELD.tenantId] = caller.tenantId;
  log[FIELD.credentialId] = caller.credentialId;
  requireScope(caller, endpoint.scope);
  const settings = await activeTenant(caller.tenantId, tenants);

  const { json, inexact, bytes } = await readJson(request, LIMITS.maxBodyBytes);
  log[FIELD.bodyBytes] = bytes;
  const items = itemsOf(json, endpoint.listName, LIMITS.maxEvents);
  const traceparent = parseTraceparent(request.headers.get('traceparent'));
  const admission = admit(
    items,
    inexact,
    endpoint,
    { tenantId: settings.tenantId, mode: settings.mode, receivedAt },
    { ordering: settings.ordering, traceparent },
    LIMITS,
  );
  const outcomes = await publisher.publish(settings, endpoint.stream, admission.messages);

  const results = resultsOf(admission, outcomes);
  const tally = tallyOf(results);
  log[FIELD.accepted] = tally.accepted;
  log[FIELD.rejected] = tally.rejected;
  log[FIELD.retry] = tally.retry;
  return new Response(bodyOf(results, tally), { status: 202, headers: JSON_HEADERS });
}
