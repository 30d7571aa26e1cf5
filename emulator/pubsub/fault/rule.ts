import { z } from 'zod';
import { FAULT_CODES } from '../protocol/status.ts';

const Share = z.number().min(0).max(1);
const MAX_LATENCY_MS = 600_000;

/**
 * What goes wrong on purpose, and for whom. Of the RPCs that concern the target (all, or those of one `method`) the rule
 * applies to a share of `probability`, `times` times at most.
 */
export const FaultRule = z
  .strictObject({
    /** A topic stands for its subscriptions too. */
    target: z.union([
      z.literal('*'),
      z.string().regex(/^projects\/[^/]+\/(topics|subscriptions)\/[^/]+$/, {
        error: 'must be "*", "projects/{project}/topics/{topic}" or "projects/{project}/subscriptions/{subscription}"',
      }),
    ]),
    /** The name of an RPC: `Publish`. */
    method: z
      .string()
      .regex(/^[A-Z][A-Za-z]*$/, { error: 'must be the name of an RPC, as "Publish"' })
      .optional(),
    /** An RPC waits so long before it is served, or refused. */
    latencyMs: z.number().int().min(0).max(MAX_LATENCY_MS).optional(),
    /** An RPC is refused so, and does nothing. */
    code: z.enum(FAULT_CODES).optional(),
    probability: Share.optional(),
    times: z.number().int().min(1).optional(),
    /** The share of acknowledgements that are lost on their way. */
    dropAcknowledgements: Share.optional(),
    /** The share of acknowledged messages that are delivered once more nevertheless. */
    duplicateDeliveries: Share.optional(),
    /** Nothing is served and nothing delivered; open streams end. All with UNAVAILABLE. */
    outage: z.literal(true).optional(),
    /** Of the rule's own random numbers: the same seed and the same calls meet the same faults. */
    seed: z.number().int().optional(),
  })
  .refine(
    ({ latencyMs, code, dropAcknowledgements, duplicateDeliveries, outage }) =>
      [latencyMs, code, dropAcknowledgements, duplicateDeliveries, outage].some((fault) => fault !== undefined),
    { error: 'needs one of latencyMs, code, dropAcknowledgements, duplicateDeliveries and outage' },
  )
  .refine(({ outage, probability }) => outage === undefined || probability === undefined, {
    error: 'an outage has no probability: it is there for as long as the rule is',
    path: ['probability'],
  });
export type FaultRule = z.infer<typeof FaultRule>;
