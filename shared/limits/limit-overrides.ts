import { z } from 'zod';

/** What a tenant has instead of its plan's limits. */
export const LimitOverrides = z.strictObject({
  eventsPerSecond: z.number().positive().max(1_000_000).optional(),
  /** Events let through at once after a pause. A request has up to 2,500, so less would refuse it for ever. */
  burstEvents: z.int().min(2_500).max(10_000_000).optional(),
  /** By the day and month of UTC. */
  eventsPerDay: z.int().min(0).optional(),
  eventsPerMonth: z.int().min(0).optional(),
});

export type LimitOverrides = z.infer<typeof LimitOverrides>;
