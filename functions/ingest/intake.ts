import type { Authenticate } from '#shared/auth/authenticator.ts';
import { type Caller, requireScope } from '#shared/auth/caller.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { type Amounts, NOTHING } from '#shared/limits/meters.ts';
import type { Entry, RequestOutcome, TenantGate } from '#shared/limits/tenant-gate.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import { parseTraceparent } from '#shared/telemetry/trace-context.ts';
import { activeTenant } from '#shared/tenancy/active-tenant.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import { admit } from './admission.ts';
import { acceptance, type Answer, refusalAnswer } from './answer.ts';
import { readItems } from './content/read-items.ts';
import type { Received } from './content/received.ts';
import type { Endpoint, Identified } from './endpoint.ts';
import { handOn, type HandOnDeps, type ItemOutcome } from './hand-on.ts';
import type { Idempotency, IdempotentRequest } from './idempotency/idempotency.ts';
import { fingerprintOf, idsOf, type IdsByPlace, readIdempotencyKey } from './idempotency/idempotency-key.ts';
import { LIMITS } from './limits.ts';
import { type EventResult, outcomeOf, refusalOf, resultsOf, storedOf, tallyOf } from './results.ts';

export interface IntakeDeps extends HandOnDeps {
  readonly authenticate: Authenticate;
  readonly tenants: TenantStore;
  readonly gate: TenantGate;
  readonly idempotency: Idempotency;
  /** The time of receipt. */
  readonly now: () => Date;
}

/** Of what cannot even be read, or does not come in time. */
const INVALID_STATUSES: ReadonlySet<number> = new Set([400, 408, 413, 415]);

/** What was found out about a request before its body is read. */
interface Known<Item extends Identified> {
  readonly request: Request;
  readonly endpoint: Endpoint<Item>;
  readonly caller: Caller;
  readonly settings: TenantSettings;
  readonly receivedAt: string;
}

/** What is told to the limits once a request is over. */
interface Ending {
  outcome: RequestOutcome;
  accepted: Amounts;
}

/**
 * Takes in a request's items: each is validated on its own, and what is valid is published to the caller's topic. The
 * answer is made only after Pub/Sub has acknowledged, or the publish deadline has passed.
 *
 * @param log receives what is known of the request.
 * @returns 202, where at least one item was accepted; or what a request with the same `Idempotency-Key` was answered.
 * @throws Refusal otherwise.
 */
export async function takeIn<Item extends Identified>(
  request: Request,
  endpoint: Endpoint<Item>,
  deps: IntakeDeps,
  log: Record<string, unknown>,
): Promise<Response> {
  const receivedAt = deps.now().toISOString();
  const caller = await deps.authenticate(request.headers.get('authorization'));
  log[FIELD.tenantId] = caller.tenantId;
  log[FIELD.credentialId] = caller.credentialId;
  requireScope(caller, endpoint.scope);
  const settings = await activeTenant(caller, deps.tenants);

  const entry = deps.gate.enter(settings, {
    credentialId: caller.credentialId,
    stream: endpoint.stream,
    declaredBytes: declaredBytes(request),
    idempotencyKey: request.headers.get('idempotency-key') ?? undefined,
    isCompressed: isCompressed(request),
  });
  const ending: Ending = { outcome: 'neutral', accepted: NOTHING };
  try {
    return await process({ request, endpoint, caller, settings, receivedAt }, entry, deps, ending, log);
  } catch (error) {
    if (error instanceof Refusal && INVALID_STATUSES.has(error.status)) ending.outcome = 'invalid';
    throw error instanceof Refusal ? error.withHeaders(entry.headers()) : error;
  } finally {
    entry.leave(ending.outcome, ending.accepted);
  }
}

async function process<Item extends Identified>(
  known: Known<Item>,
  entry: Entry,
  deps: IntakeDeps,
  ending: Ending,
  log: Record<string, unknown>,
): Promise<Response> {
  const { request, endpoint, receivedAt } = known;
  const received = await readItems(
    request,
    { endpoint, limits: LIMITS, receivedAt },
    {
      turn: (units) => entry.turn(units),
      received: (bodyBytes) => entry.received(bodyBytes),
      charge: (events, bodyBytes) => {
        log[FIELD.bodyBytes] = bodyBytes;
        entry.charge({ events, bytes: bodyBytes });
      },
    },
  );
  let refusal: Refusal | undefined;
  const answer = await processOnce(known, received, deps, async (ids) => {
    const { results, outcomes, messages } = await resultsFor(known, received, ids, entry, deps);
    const tally = tallyOf(results);
    log[FIELD.accepted] = tally.accepted;
    log[FIELD.rejected] = tally.rejected;
    log[FIELD.retry] = tally.retry;
    ending.accepted = storedOf(messages, outcomes);
    ending.outcome = outcomeOf(outcomes, tally);
    refusal = refusalOf(results, tally);
    return refusal === undefined ? acceptance(results, tally) : refusalAnswer(refusal);
  });
  if (refusal !== undefined) throw refusal;
  if (answer.headers['idempotent-replayed'] !== undefined) log[FIELD.replayed] = true;
  return new Response(answer.body, {
    status: answer.status,
    headers: { 'content-type': answer.contentType, ...answer.headers, ...entry.headers() },
  });
}

/** Runs `run` as the request's `Idempotency-Key` demands, if it has one. */
function processOnce<Item extends Identified>(
  { request, endpoint, caller, settings }: Known<Item>,
  { body }: Received,
  { idempotency }: IntakeDeps,
  run: (ids: IdsByPlace | undefined) => Promise<Answer>,
): Promise<Answer> {
  const key = readIdempotencyKey(request.headers.get('idempotency-key'));
  if (key === undefined) return run(undefined);
  const idempotent: IdempotentRequest = {
    tenantId: settings.tenantId,
    projectId: caller.projectId,
    path: endpoint.path,
    key,
    fingerprint: fingerprintOf(request.headers, body),
  };
  return idempotency.once(idempotent, () => run(idsOf(idempotent)));
}

/** Validates each item, hands on what is valid, and says of each what became of it. */
async function resultsFor<Item extends Identified>(
  { request, endpoint, caller, settings, receivedAt }: Known<Item>,
  received: Received,
  ids: IdsByPlace | undefined,
  entry: Entry,
  deps: IntakeDeps,
): Promise<{ results: EventResult[]; outcomes: readonly ItemOutcome[]; messages: readonly StreamMessage[] }> {
  const traceparent = parseTraceparent(request.headers.get('traceparent'));
  const admitting = admit(received, {
    endpoint,
    context: {
      tenantId: settings.tenantId,
      projectId: caller.projectId,
      mode: settings.mode,
      eventTypes: settings.eventTypes,
      receivedAt,
    },
    encoding: { ordering: settings.ordering, traceparent },
    limits: LIMITS,
    ids,
  });
  let slice = admitting.next();
  for (; !slice.done; slice = admitting.next()) {
    const turn = entry.turn(slice.value);
    if (turn !== undefined) await turn;
  }
  const { messages } = slice.value;
  const outcomes = await handOn(settings, endpoint.stream, messages, deps);
  return { results: resultsOf(slice.value, outcomes), outcomes, messages };
}

function declaredBytes(request: Request): number | undefined {
  const declared = request.headers.get('content-length');
  return declared === null ? undefined : Number(declared);
}

function isCompressed(request: Request): boolean {
  const encoding = request.headers.get('content-encoding');
  return encoding !== null && encoding.trim().toLowerCase() !== 'identity';
}
