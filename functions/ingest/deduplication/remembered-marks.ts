import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { BestEffort } from '#shared/outage/best-effort.ts';
import type { EventMarks } from './event-marks.ts';
import type { MarkStore } from './mark-store.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Of all tenants together, in this process; some 20 MB. */
const MAX_RECENT = 100_000;

export interface RememberedMarksOptions {
  readonly store: MarkStore;
  readonly effort: BestEffort;
  /** Wall clock: marks are shared by instances. */
  readonly nowMs: () => number;
}

/**
 * Marks shared by all instances, with the latest of this one at hand.
 *
 * An event is a duplicate where its mark could be read before it was published. Two requests that bring it at the same time
 * both publish it, under one id; so does one that comes while the store does not answer, or after a process died between
 * Pub/Sub's acknowledgement and the mark. Never is an event called a duplicate that Pub/Sub does not have.
 */
export function createRememberedMarks({ store, effort, nowMs }: RememberedMarksOptions): EventMarks {
  /** When a mark expires, by tenant and digest. */
  const recent = new LRUCache<string, number>({ max: MAX_RECENT });

  function isRecent(key: string): boolean {
    const expiresAtMs = recent.get(key);
    return expiresAtMs !== undefined && expiresAtMs > nowMs();
  }

  return {
    async seen(tenantId, messageKeys) {
      const seen = new Set<string>();
      const keyOfDigest = new Map<string, string>();
      for (const messageKey of messageKeys) {
        const digest = digestOf(messageKey);
        if (isRecent(keyOf(tenantId, digest))) seen.add(messageKey);
        else keyOfDigest.set(digest, messageKey);
      }
      if (keyOfDigest.size === 0) return seen;
      const found = await effort.attempt(() => store.read(tenantId, [...keyOfDigest.keys()]));
      if (!found.ok) return seen;
      for (const [digest, expiresAtMs] of found.value) {
        const messageKey = keyOfDigest.get(digest);
        if (messageKey === undefined || expiresAtMs <= nowMs()) continue;
        seen.add(messageKey);
        recent.set(keyOf(tenantId, digest), expiresAtMs);
      }
      return seen;
    },

    async mark(tenantId, messageKeys) {
      const expiresAtMs = nowMs() + DAY_MS;
      const digests = messageKeys.map(digestOf);
      for (const digest of digests) recent.set(keyOf(tenantId, digest), expiresAtMs);
      await effort.attempt(() => store.write(tenantId, digests, expiresAtMs));
    },
  };
}

/** Spreads ids that count up over the store, and bounds their length. Hexadecimal: Firestore refuses ids such as `__x__`. */
function digestOf(messageKey: string): string {
  return hash('sha256', messageKey, 'hex').slice(0, 40);
}

function keyOf(tenantId: TenantId, digest: string): string {
  return `${tenantId}/${digest}`;
}
