import { Refusal } from '#shared/errors/refusals.ts';
import type { Caller } from './caller.ts';

/**
 * Verifies one kind of credential.
 *
 * @returns undefined for a token that is not of this kind, or that is not (or no longer) valid. Rejects when that cannot be
 *   found out.
 */
export type CredentialVerifier = (token: string) => Promise<Caller | undefined>;

/** @throws Refusal `missing_credentials`, `invalid_credentials`, or `settings_unavailable`. */
export type Authenticate = (authorization: string | null | undefined) => Promise<Caller>;

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** Asks each of `verifiers` in turn about the bearer token of an `Authorization` header. */
export function createAuthenticator(verifiers: readonly CredentialVerifier[]): Authenticate {
  return async (authorization) => {
    if (authorization === null || authorization === undefined || authorization === '') {
      throw new Refusal('missing_credentials', { detail: 'Send an Authorization header with a bearer token.' });
    }
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) {
      throw new Refusal('invalid_credentials', { detail: 'The Authorization header is not a bearer token.' });
    }
    for (const verify of verifiers) {
      const caller = await verified(verify, token);
      if (caller !== undefined) return caller;
    }
    throw new Refusal('invalid_credentials', { detail: 'The credential is unknown, revoked or expired.' });
  };
}

async function verified(verify: CredentialVerifier, token: string): Promise<Caller | undefined> {
  try {
    return await verify(token);
  } catch (error) {
    throw new Refusal('settings_unavailable', { detail: 'The credential could not be checked.', cause: error });
  }
}
