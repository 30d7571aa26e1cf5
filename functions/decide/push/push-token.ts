import { OAuth2Client } from 'google-auth-library';
import { LRUCache } from 'lru-cache';
import { withDeadline } from '#shared/deadline/with-deadline.ts';

/** The token is not one of Pub/Sub's for this audience. `message` says why and holds nothing of the token. */
export class InvalidPushTokenError extends Error {
  override readonly name = 'InvalidPushTokenError';
}

export interface PushTokenVerifierOptions {
  /** What `aud` must be. */
  readonly audience: string;
  /** Where the signer's certificates are: JSON, PEM by key id. */
  readonly certsUrl: string;
  readonly nowMs?: () => number;
}

/**
 * @returns the verified e-mail address of the service account that the token was made for.
 * @throws {InvalidPushTokenError} and other errors where the certificates cannot be had.
 */
export type PushTokenVerifier = (token: string) => Promise<string>;

const ISSUER = 'https://accounts.google.com';
const CERTS_DEADLINE_MS = 5_000;
/** A key that is not known may be new: the certificates are fetched again, but for made-up ones only this often. */
const CERTS_REFRESH_MS = 10_000;
const MAX_REMEMBERED_TOKENS = 1000;

/**
 * Verifies the OIDC tokens of push requests. A token that was verified is remembered until it expires: Pub/Sub sends the
 * same one for an hour, and a signature takes longer to verify than an event to apply.
 *
 * @see https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export function createPushTokenVerifier(options: PushTokenVerifierOptions): PushTokenVerifier {
  const { audience, certsUrl, nowMs = Date.now } = options;
  const verified = new LRUCache<string, Promise<VerifiedToken>>({ max: MAX_REMEMBERED_TOKENS });
  const newClient = (): OAuth2Client =>
    new OAuth2Client({ endpoints: { oauth2FederatedSignonPemCertsUrl: certsUrl }, issuers: [ISSUER] });
  let client = newClient();
  let refreshedAtMs = -Infinity;

  async function verify(token: string): Promise<VerifiedToken> {
    const { certs } = await withDeadline(
      client.getFederatedSignonCertsAsync(),
      CERTS_DEADLINE_MS,
      'fetching certificates',
    );
    const keyId = keyIdOf(token);
    if (!Object.hasOwn(certs, keyId)) {
      if (nowMs() - refreshedAtMs < CERTS_REFRESH_MS)
        throw new InvalidPushTokenError('signed with a key that is not known');
      refreshedAtMs = nowMs();
      client = newClient();
      return verify(token);
    }
    // Its errors quote the token, which must not reach a log.
    const ticket = await client
      .verifySignedJwtWithCertsAsync(token, certs, audience, [ISSUER])
      .catch((error: unknown) => {
        throw new InvalidPushTokenError(reasonOf(error));
      });
    const { email, email_verified, exp } = ticket.getPayload() ?? {};
    if (email === undefined || email_verified !== true) throw new InvalidPushTokenError('email is not verified');
    return { email, expiresAtMs: (exp ?? 0) * 1000 };
  }

  /** Shares one verification among all who bring the same token meanwhile. */
  function remembered(token: string): Promise<VerifiedToken> {
    const verifying = verify(token);
    verified.set(token, verifying);
    verifying.catch(() => verified.delete(token));
    return verifying;
  }

  return async (token) => {
    const known = await (verified.get(token) ?? remembered(token));
    const { email } = nowMs() < known.expiresAtMs ? known : await remembered(token);
    return email;
  };
}

interface VerifiedToken {
  readonly email: string;
  readonly expiresAtMs: number;
}

function keyIdOf(token: string): string {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
    if (typeof header === 'object' && header !== null && 'kid' in header && typeof header.kid === 'string')
      return header.kid;
  } catch {
    // Not a token at all; said below.
  }
  throw new InvalidPushTokenError('not a JWT with a key id');
}

const REASONS = [
  'Invalid token signature',
  'Token used too late',
  'Token used too early',
  'Invalid issuer',
  'Wrong recipient',
];

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return REASONS.find((reason) => message.startsWith(reason)) ?? 'not a valid token';
}
