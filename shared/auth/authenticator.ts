import type { Denial } from '#shared/audit/audit-record.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { Caller } from './caller.ts';

/** A credential that is of a verifier's kind, and not (or no longer) valid. */
export interface Denied {
  readonly denial: Denial;
}

/**
 * Verifies one kind of credential.
 *
 * @returns undefined for a token that is not of this kind. Rejects when it cannot be found out whether it is valid: with a
 *   Refusal where that says more than `settings_unavailable`.
 */
export type CredentialVerifier = (token: string) => Promise<Caller | Denied | undefined>;

/** @throws Refusal `missing_credentials`, `invalid_credentials`, or `settings_unavailable`. */
export type Authenticate = (authorization: string | null | undefined) => Promise<Caller>;

/** What is said of a credential whatever is wrong with it: anything more would tell about tenants that are not the caller's. */
export const CREDENTIALS_NOT_VALID = 'The credential is unknown, revoked or expired.';

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** Asks each of `verifiers` in turn about the bearer token of an `Authorization` header. */
export function createAuthenticator(verifiers: readonly CredentialVerifier[]): Authenticate {
  return async (authorization) => {
    if (authorization === null || authorization === undefined || authorization === '') {
      throw new Refusal('missing_credentials', {
        detail: 'Send an Authorization header with a bearer token.',
        denial: { reason: 'no_credential' },
      });
    }
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) {
      throw new Refusal('invalid_credentials', {
        detail: 'The Authorization header is not a bearer token.',
        denial: { reason: 'not_a_bearer_token' },
      });
    }
    for (const verify of verifiers) {
      const result = await verified(verify, token);
      if (result === undefined) continue;
      if ('denial' in result) throw notValid(result.denial);
      return result;
    }
    throw notValid({ reason: 'unknown_kind' });
  };
}

function notValid(denial: Denial): Refusal {
  return new Refusal('invalid_credentials', { detail: CREDENTIALS_NOT_VALID, denial });
}

async function verified(verify: CredentialVerifier, token: string): Promise<Caller | Denied | undefined> {
  try {
    return await verify(token);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('settings_unavailable', { detail: 'The credential could not be checked.', cause: error });
  }
}
