import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { Stream } from '#shared/naming/tenant-names.ts';
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
 *
 * An id is one event in all of a tenant's projects, as it is for whoever counts events later.
 */
export function createRememberedMarks({ store, effort, nowMs }: RememberedMarksOptions): EventMarks {
  /** When a mark expires, by tenant and digest. */
  const recent = new LRUCache<string, number>({ max: MAX_RECENT });

  function isRecent(key: string): boolean {
    const expiresAtMs = recent.get(key);
    return expiresAtMs !== undefined && expiresAtMs > nowMs();
  }

  return {
    async seen(tenantId, stream, ids) {
      const seen = new Set<string>();
      const idOfDigest = new Map<string, string>();
      for (const id of ids) {
        const digest = digestOf(stream, id);
        if (isRecent(keyOf(tenantId, digest))) seen.add(id);
        else idOfDigest.set(digest, id);
      }
      if (idOfDigest.size === 0) return seen;
      const found = await effort.attempt(() => store.read(tenantId, [...idOfDigest.keys()]));
      if (!found.ok) return seen;
      for (const [digest, expiresAtMs] of found.value) {
        const id = idOfDigest.get(digest);
        if (id === undefined || expiresAtMs <= nowMs()) continue;
        seen.add(id);
        recent.set(keyOf(tenantId, digest), expiresAtMs);
      }
      return seen;
    },

    async mark(tenantId, stream, ids) {
      const expiresAtMs = nowMs() + DAY_MS;
      const digests = ids.map((id) => digestOf(stream, id));
      for (const digest of digests) recent.set(keyOf(tenantId, digest), expiresAtMs);
      await effort.attempt(() => store.write(tenantId, digests, expiresAtMs));
    },
  };
}

/** Spreads ids that count up over the store, and bounds their length. Hexadecimal: Firestore refuses ids such as `__x__`. */
function digestOf(stream: Stream, id: string): string {
  return hash('sha256', `${stream}:${id}`, 'hex').slice(0, 40);
}

function keyOf(tenantId: TenantId, digest: string): string {
  return `${tenantId}/${digest}`;
}
