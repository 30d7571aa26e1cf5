import { z } from 'zod';

const Count = z.number().nonnegative();

/** What an instance has let through of events, say. */
const Held = z.object({
  /** Let through, and accepted, since it began; only grow. */
  used: Count,
  accepted: Count,
  /** What came to it in a second of its last interval, with what was refused. */
  demand: Count,
});

/** An instance that lets through what the tenant sends. */
const Holder = z.object({
  events: Held,
  bytes: Held,
  atMs: Count,
  /** It lets nothing through any more; what it used is kept for a while, so that its last report counts once if it comes twice. */
  hasLeft: z.literal(true).optional(),
});

const Usage = z.object({
  /** Of the bucket that all instances share; below zero where more was let through than flowed in. */
  balance: z.number(),
  /** Accepted in the current day, and month. */
  ofDay: Count,
  ofMonth: Count,
});

/**
 * What a tenant has used, by all instances together, as far as they have settled: `tenants/{tenant}/limits/usage`.
 * Times are Firestore's own.
 */
const UsageDocument = z.object({
  events: Usage,
  bytes: Usage,
  atMs: Count,
  /** `2026-11-21`, `2026-11`: of UTC. */
  day: z.string(),
  month: z.string(),
  holders: z.record(z.string(), Holder),
});

export type UsageDocument = z.infer<typeof UsageDocument>;

/** @returns undefined where there is none, or what is there is no such document: it is begun anew. */
export function readUsageDocument(data: unknown): UsageDocument | undefined {
  const parsed = UsageDocument.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}
