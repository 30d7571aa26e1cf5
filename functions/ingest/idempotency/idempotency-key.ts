import { hash } from 'node:crypto';
import { Refusal } from '#shared/errors/refusals.ts';
import type { IdempotentRequest } from './idempotency.ts';

const MAX_CHARACTERS = 255;

/** A String of RFC 9651: printable ASCII in double quotes, with `\"` and `\\`. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As most clients send it. */
const BARE = /^[\x21\x23-\x7e]+$/;

/**
 * Reads the `Idempotency-Key` header: a String, as the draft has it, or the same without quotes.
 *
 * @returns undefined where there is none.
 * @throws Refusal `invalid_idempotency_key`
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function readIdempotencyKey(header: string | null): string | undefined {
  if (header === null) return undefined;
  const key = QUOTED.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? BARE.exec(header)?.[0];
  if (key === undefined || key.length === 0 || key.length > MAX_CHARACTERS) {
    throw new Refusal('invalid_idempotency_key', {
      detail: `Idempotency-Key: must be a string of 1 to ${MAX_CHARACTERS} printable ASCII characters in double quotes`,
    });
  }
  return key;
}

/** Tells one request with a key from another: digest of its body, and of the headers that are part of what it says. */
export function fingerprintOf(headers: Headers, body: Uint8Array): string {
  const said = [...headers].filter(([name]) => name === 'content-type' || name.startsWith('ce-'));
  return hash('sha256', Buffer.concat([Buffer.from(`${JSON.stringify(said)}\n`), body]), 'base64url');
}

export type MakeId = (prefix: 'evt_' | 'upr_') => string;

/** Gives the maker of the id of a request's item, by the item's place in the request. */
export type IdsByPlace = (index: number) => MakeId;

/**
 * Ids for the items of a request that has a key: the same ones whenever the same request is processed again, so that what
 * was published before an instance died, or while its answer could not be remembered, counts once. Another body under the
 * same key has others: it is never taken for the first one.
 */
export function idsOf({ tenantId, projectId, path, key, fingerprint }: IdempotentRequest): IdsByPlace {
  const request = [tenantId, projectId ?? null, path, key, fingerprint];
  return (index) => (prefix) => prefix + hash('sha256', JSON.stringify([...request, index]), 'base64url').slice(0, 32);
}
