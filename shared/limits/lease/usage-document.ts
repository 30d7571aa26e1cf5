import { z } from 'zod';

const Count = z.number().nonnegative();

/** An instance that lets events of the tenant through. */
const Holder = z.object({
  /** Events it has let through, and that were accepted, since it began; only grow. */
  used: Count,
  accepted: Count,
  /** Events a second that came to it in its last interval, refused ones included. */
  demand: Count,
  atMs: Count,
  /** It lets nothing through any more; what it used is kept for a while, so that its last report counts once if it comes twice. */
  hasLeft: z.literal(true).optional(),
});

type Holder = z.infer<typeof Holder>;

/**
 * What a tenant has used, by all instances together, as far as they have settled: `tenants/{tenant}/limits/usage`.
 * Times are Firestore's own.
 */
const UsageDocument = z.object({
  /** Of the bucket that all instances share; below zero where more was let through than flowed in. */
  balance: z.number(),
  atMs: Count,
  /** `2026-11-21`, `2026-11`: of UTC. */
  day: z.string(),
  dayEvents: Count,
  month: z.string(),
  monthEvents: Count,
  holders: z.record(z.string(), Holder),
});

export type UsageDocument = z.infer<typeof UsageDocument>;

/** @returns undefined where there is none, or what is there is no such document: it is begun anew. */
export function readUsageDocument(data: unknown): UsageDocument | undefined {
  const parsed = UsageDocument.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}
