import type { RefusalCode } from '#shared/errors/refusals.ts';

/** What somebody authenticates with; `push_token` is Google's OIDC token of a push request. */
export type CredentialKind = 'api_key' | 'jwt' | 'push_token';

/** Why a credential was refused. Told to the audit trail only: to the caller all of them are the same. */
export type DenialReason =
  | 'no_credential'
  | 'not_a_bearer_token'
  | 'unknown_kind'
  | 'unknown_key'
  | 'wrong_tenant'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime'
  | 'malformed'
  | 'too_large'
  | 'algorithm'
  | 'critical_header'
  | 'type'
  | 'audience'
  | 'invalid_claim'
  | 'unknown_tenant'
  | 'unknown_issuer'
  | 'unknown_key_id'
  | 'signature'
  | 'missing_scope'
  | 'other_project'
  | 'tenant_suspended'
  | 'wrong_subscription';

/** Who acted, as far as it is established. */
export interface Actor {
  readonly tenantId?: string | undefined;
  readonly credentialKind?: CredentialKind | undefined;
  /** Tells credentials apart: a prefix of a digest, of no use to who reads it. */
  readonly credentialId?: string | undefined;
  /** Whom a JWT is about, and who says so. */
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
}

/** What is known of a denial beside its refusal. Travels with the refusal, and is never shown to the caller. */
export interface Denial extends Actor {
  readonly reason?: DenialReason;
  /**
   * Of which tenant a credential that was not verified says it is. Well-formed, and nothing more: anybody can claim anything,
   * so it is kept apart from {@link Actor.tenantId}.
   */
  readonly claimedTenantId?: string | undefined;
}

/** A request that was answered 401 or 403. */
export interface DenialRecord extends Denial {
  readonly event: 'access_denied';
  /** Method and path template, such as `POST /v1/events`. */
  readonly route: string;
  readonly code: RefusalCode;
  readonly status: number;
}

/** Something that was done, or tried, by right of the scope `admin`. */
export interface AdminRecord extends Actor {
  readonly event: 'admin_used';
  /** A verb and what it is done to, such as `api_key.revoke`. */
  readonly action: string;
  /** On what: a name, never a secret. */
  readonly resource: string;
  /** `succeeded`, or the code of the refusal. */
  readonly outcome: 'succeeded' | RefusalCode;
}

/** What the audit trail holds. */
export type AuditRecord = DenialRecord | AdminRecord;

/** Takes a record down. Never throws, and does not wait for it to be stored. */
export type Audit = (record: AuditRecord) => void;
