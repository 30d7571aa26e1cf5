import { type KeySet, parseKeySet } from './key-set.ts';

const DEADLINE_MS = 3_000;

/** A hundred RSA keys with their certificates. */
const MAX_BYTES = 262_144;

/**
 * Fetches an issuer's keys. It is bounded in time and in bytes (after decompression), and follows no redirect: what is
 * believed is what is at the address that was configured, and nowhere else.
 *
 * The address comes from a tenant's settings, which the platform engineer writes in the tenant's Pulumi configuration; no
 * request can set it. It must be https, but for the machine itself, so that no plain-text service of an internal network can
 * be reached by it; whoever may configure a tenant decides which https address is asked.
 *
 * @throws {Error} for anything but a JWK Set. The message holds nothing of what was answered.
 */
export async function fetchKeySet(jwksUri: string, deadlineMs = DEADLINE_MS): Promise<KeySet> {
  const response = await fetch(jwksUri, {
    redirect: 'error',
    signal: AbortSignal.timeout(deadlineMs),
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the JWK Set is answered with ${response.status}`);
  }
  const text = await readBounded(response);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error('the JWK Set is not JSON');
  }
  return parseKeySet(document);
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the JWK Set is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
