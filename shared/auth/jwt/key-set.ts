import { type CryptoKey, createLocalJWKSet, errors, type JWK } from 'jose';
import { z } from 'zod';

/** More keys than any issuer rotates through. */
const MAX_KEYS = 100;

/** 8,192 bits of modulus. Beyond it, one verification takes long enough to be an attack. */
const MAX_MODULUS_CHARACTERS = 1_366;

const text = z.string().max(MAX_MODULUS_CHARACTERS);

/** The public members of a key, as far as they are needed. What else it has (certificates, private parts) is not kept. */
const PublicKey = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string().max(256).optional(),
  alg: text.optional(),
  use: text.optional(),
  key_ops: z.array(text).max(20).optional(),
  n: text.optional(),
  e: z.string().max(8).optional(),
  crv: text.optional(),
  x: text.optional(),
  y: text.optional(),
});

const JwkSet = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });

/** The public keys of an issuer. */
export interface KeySet {
  /** @returns undefined where no key fits, or several do. */
  find(header: { readonly alg: string; readonly kid?: string }): Promise<CryptoKey | undefined>;
}

/**
 * Reads a JWK Set. A key of it that is of no use here is left out and spoils no other: symmetric ones, and those with a
 * modulus or an exponent that would make each verification slow.
 *
 * @throws {Error} for what is not a JWK Set, or has more than 100 keys.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
export function parseKeySet(document: unknown): KeySet {
  const parsed = JwkSet.safeParse(document);
  if (!parsed.success) throw new Error('not a JWK Set of at most 100 keys');
  const keys = parsed.data.keys.flatMap((key) => PublicKey.safeParse(key).data ?? []);
  const find = createLocalJWKSet({ keys: keys as JWK[] });
  return {
    find: async (header) => {
      try {
        return await find(header);
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) {
          return undefined;
        }
        throw error;
      }
    },
  };
}
