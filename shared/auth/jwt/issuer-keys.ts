import type { CryptoKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { BoundedAgeCache } from '#shared/caching/bounded-age-cache.ts';
import { wasStopped } from '#shared/deadline/was-stopped.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import { limitInFlight } from '#shared/limits/limit-in-flight.ts';
import type { KeySet } from './key-set.ts';

/** Finds the key that a token names. */
export interface IssuerKeys {
  /**
   * @returns undefined where the issuer has no such key.
   * @throws where the issuer's keys cannot be had, so that nobody can tell; Refusal `settings_unavailable` where that is
   *   waited for by as many as may.
   */
  find(jwksUri: string, header: { readonly alg: string; readonly kid?: string }): Promise<CryptoKey | undefined>;
}

export interface IssuerKeysOptions {
  /** Fetches a set of keys, within its own deadline. */
  readonly fetchKeySet: (jwksUri: string) => Promise<KeySet>;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

const MAX_SETS = 1_000;

const CACHE = {
  maxEntries: MAX_SETS,
  /** A key that was taken out of the set is refused after this long. */
  freshMs: 300_000,
  /** An issuer that is down is outlived for this long. */
  staleMs: 3_600_000,
  absentMs: 0,
  loadDeadlineMs: 5_000,
  retryMs: 5_000,
};

/** A set is fetched for a key id it does not hold, or after a failure, at most this often. */
const COOL_DOWN_MS = 10_000;

/** Requests that wait for one issuer's keys. One that hangs holds up no more than these, and those only once in a cool-down. */
const MAX_WAITING = 100;

interface Attempt {
  readonly atMs: number;
  readonly keySet: Promise<KeySet>;
}

/**
 * Holds the key sets of the 1,000 issuers used last. A key id that is not in its set may be a new one: the set is fetched
 * again at once, but within ten seconds only once for each issuer, so that made-up ids cost nothing. An issuer that fails is
 * left alone for as long. All who ask while a set is fetched share the fetch, up to a bound.
 */
export function createIssuerKeys({ fetchKeySet, now = () => performance.now() }: IssuerKeysOptions): IssuerKeys {
  const failures = new LRUCache<string, { readonly atMs: number; readonly error: unknown }>({ max: MAX_SETS });
  const attempts = new LRUCache<string, Attempt>({ max: MAX_SETS });

  const fetching = new Set<string>();

  async function load(jwksUri: string): Promise<KeySet> {
    const failure = failures.get(jwksUri);
    if (failure !== undefined && now() - failure.atMs < COOL_DOWN_MS) throw failure.error;
    fetching.add(jwksUri);
    const beganAtMs = now();
    try {
      const keySet = await fetchKeySet(jwksUri);
      failures.delete(jwksUri);
      return keySet;
    } catch (error) {
      if (!wasStopped(beganAtMs, CACHE.loadDeadlineMs, now())) failures.set(jwksUri, { atMs: now(), error });
      throw error;
    } finally {
      fetching.delete(jwksUri);
    }
  }
  const cache = new BoundedAgeCache<KeySet>({ ...CACHE, load, now });

  /** The set as fetched for an unknown key id: now, or by the attempt that the cool-down still lasts of. */
  function fetchedAgain(jwksUri: string): Promise<KeySet> {
    const last = attempts.get(jwksUri);
    if (last !== undefined && now() - last.atMs < COOL_DOWN_MS) return last.keySet;
    const keySet = cache.reload(jwksUri).then(present);
    keySet.catch(() => undefined);
    attempts.set(jwksUri, { atMs: now(), keySet });
    return keySet;
  }

  const waiting = { max: MAX_WAITING, refuse: notChecked };
  const waitForSet = limitInFlight<string>({
    ...waiting,
    holds: (jwksUri) => fetching.has(jwksUri) && !cache.answersAtOnce(jwksUri),
  });
  // Counted apart: who makes up key ids holds up nobody whose key is in the set.
  const waitForNewKey = limitInFlight<string>({ ...waiting, holds: (jwksUri) => fetching.has(jwksUri) });

  return {
    async find(jwksUri, header) {
      const keySet = await waitForSet(jwksUri, async () => present(await cache.get(jwksUri)));
      const key = await keySet.find(header);
      if (key !== undefined || header.kid === undefined) return key;
      return (await waitForNewKey(jwksUri, () => fetchedAgain(jwksUri))).find(header);
    },
  };
}

function notChecked(): Refusal {
  return new Refusal('settings_unavailable', { detail: 'The credential could not be checked.' });
}

/** A fetch that gives no set rejects, so there always is one. */
function present(keySet: KeySet | undefined): KeySet {
  if (keySet === undefined) throw new Error('no key set');
  return keySet;
}
