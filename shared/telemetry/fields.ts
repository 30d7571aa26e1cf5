/**
 * Names of the fields of log lines. Log-based metrics, dashboards and alerts are built on them, so they are named here and
 * nowhere else. One line is written for each request or push, with everything known about it.
 */
export const FIELD = {
  /** Which function wrote the line: `ingest`, `decide`. */
  function: 'function',
  tenantId: 'tenant_id',
  /** What the caller authenticated with: a prefix of its digest, never the credential. */
  credentialId: 'credential_id',
  /** `POST /v1/events` */
  route: 'route',
  status: 'status',
  /** The refusal's code; absent when nothing was refused. */
  code: 'code',
  /** Wall clock from the request's headers to the answer. */
  durationMs: 'duration_ms',
  bodyBytes: 'body_bytes',
  /** Events by what was answered about them. */
  accepted: 'accepted',
  rejected: 'rejected',
  retry: 'retry',
  /** The answer was that of an earlier request with the same `Idempotency-Key`. */
  replayed: 'replayed',
  /** Messages given to a publish call, and what became of the call. */
  topic: 'topic',
  messages: 'messages',
  grpcCode: 'grpc_code',
  attempts: 'attempts',
  /** Events that were refused for good and could not be kept, each with its id and reason. */
  refused: 'refused',
  /** What was gone on without, since Firestore did not answer; failures since the line before, and calls not even made. */
  memory: 'memory',
  failed: 'failed',
  skipped: 'skipped',
  /** A push: the subscription's id, Pub/Sub's id of the message, and which delivery it is. */
  subscription: 'subscription',
  messageId: 'message_id',
  deliveryAttempt: 'delivery_attempt',
  /** `applied`, `duplicate` or `dead_lettered`, the latter with the reason. */
  outcome: 'outcome',
  reason: 'reason',
  eventId: 'event_id',
  /** How many decisions were published, and the rules that could not be asked. */
  decisions: 'decisions',
  ruleFailures: 'rule_failures',
  /** From Pub/Sub taking the message to the answer about it. */
  lagMs: 'lag_ms',
  error: 'err',
  /** `audit` in the lines of the audit trail, and in no other. */
  record: 'record',
  /** `access_denied` or `admin_used`. */
  auditEvent: 'event',
  /** `api_key`, `jwt` or `push_token`. */
  credentialKind: 'credential_kind',
  /** Of which tenant a credential that was refused said it is. Not verified: never a substitute for `tenant_id`. */
  claimedTenantId: 'claimed_tenant_id',
  /** Whom a JWT is about, and who signed it. */
  principal: 'principal',
  issuer: 'issuer',
  /** What was done by right of the scope `admin`, and on what. */
  action: 'action',
  resource: 'resource',
} as const;
