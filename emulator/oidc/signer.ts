import { createHash } from 'node:crypto';

/** Whom a token stands for, and for whom it is meant. */
export interface TokenClaims {
  readonly serviceAccountEmail: string;
  readonly audience: string;
}

/**
 * Signs OpenID Connect tokens as Google does for authenticated push, and publishes the keys that they are verified
 * with. Whoever verifies does it as in the cloud; only the address of the keys differs.
 */
export interface OidcSigner {
  /** A token that is valid for 5 minutes or more; it lives for an hour, and is used again meanwhile. */
  idToken(claims: TokenClaims): Promise<string>;
  /** `{kid: PEM}`, as https://www.googleapis.com/oauth2/v1/certs answers. */
  certificates(): Promise<Record<string, string>>;
  /** A JSON Web Key Set, as https://www.googleapis.com/oauth2/v3/certs answers. */
  jwks(): Promise<{ readonly keys: readonly object[] }>;
}

const ALGORITHM = 'RS256';
const ISSUER = 'https://accounts.google.com';
const LIFETIME_SECONDS = 3600;
const LEAST_REMAINING_SECONDS = 300;

interface CachedToken {
  readonly token: Promise<string>;
  readonly expiresAtSeconds: number;
}

/**
 * The key is made when it is first needed: starting costs nothing, and no key ever leaves the process.
 * @param now milliseconds since 1970
 */
export function createOidcSigner(now: () => number): OidcSigner {
  let keys: ReturnType<typeof createKeys> | undefined;
  const getKeys = (): ReturnType<typeof createKeys> => (keys ??= createKeys());
  const tokens = new Map<string, CachedToken>();

  return {
    idToken(claims) {
      const nowSeconds = Math.floor(now() / 1000);
      const cacheKey = `${claims.serviceAccountEmail}\n${claims.audience}`;
      const cached = tokens.get(cacheKey);
      if (cached && cached.expiresAtSeconds - nowSeconds >= LEAST_REMAINING_SECONDS) return cached.token;
      const expiresAtSeconds = nowSeconds + LIFETIME_SECONDS;
      const token = getKeys().then((signing) => signing.sign(claims, nowSeconds, expiresAtSeconds));
      tokens.set(cacheKey, { token, expiresAtSeconds });
      return token;
    },
    certificates: async () => {
      const { kid, pem } = await getKeys();
      return { [kid]: pem };
    },
    jwks: async () => {
      const { jwk } = await getKeys();
      return { keys: [jwk] };
    },
  };
}

async function createKeys(): Promise<{
  readonly kid: string;
  readonly pem: string;
  readonly jwk: object;
  sign(claims: TokenClaims, issuedAtSeconds: number, expiresAtSeconds: number): Promise<string>;
}> {
  // Loaded here, because most servers never sign anything and start faster without it.
  const { calculateJwkThumbprint, exportJWK, exportSPKI, generateKeyPair, SignJWT } = await import('jose');
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    kid,
    pem: await exportSPKI(publicKey),
    jwk: { ...publicJwk, kid, alg: ALGORITHM, use: 'sig' },
    sign: ({ serviceAccountEmail, audience }, issuedAtSeconds, expiresAtSeconds) => {
      const subject = uniqueIdOf(serviceAccountEmail);
      return new SignJWT({ azp: subject, email: serviceAccountEmail, email_verified: true })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt(issuedAtSeconds)
        .setExpirationTime(expiresAtSeconds)
        .sign(privateKey);
    },
  };
}

/** Service accounts have a 21-digit unique id; here it follows from the email, so that it is the same in every run. */
function uniqueIdOf(email: string): string {
  const digest = createHash('sha256').update(email).digest();
  return `1${String(digest.readBigUInt64BE()).padStart(20, '0')}`;
}
