import { z } from 'zod';

/** What a tenant has instead of its plan's limits. Days and months are those of UTC. */
export const LimitOverrides = z.strictObject({
  eventsPerSecond: z.number().positive().max(1_000_000).optional(),
  /** Events let through at once after a pause. A request has up to 2,500, so less would refuse it for ever. */
  burstEvents: z.int().min(2_500).max(10_000_000).optional(),
  eventsPerDay: z.int().min(0).optional(),
  eventsPerMonth: z.int().min(0).optional(),
  /** Of bodies, decompressed. */
  bytesPerSecond: z.number().positive().max(10_000_000_000).optional(),
  /** A body has up to 10 MB. */
  burstBytes: z.int().min(10_000_000).max(100_000_000_000).optional(),
  /** Of accepted events, as they are stored. */
  bytesPerDay: z.int().min(0).optional(),
  bytesPerMonth: z.int().min(0).optional(),
});

export type LimitOverrides = z.infer<typeof LimitOverrides>;
