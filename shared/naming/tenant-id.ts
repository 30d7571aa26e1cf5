import { z } from 'zod';

/** Names no tenant may have: they stand for Headgate itself in labels, stacks and service accounts. */
const RESERVED_TENANT_IDS: ReadonlySet<string> = new Set(['platform', 'headgate']);

/**
 * A tenant's id, the root of every name that belongs to it: 3 to 30 of `a-z`, `0-9` and `-`, first a letter.
 *
 * Refused although they match: `platform` and `headgate` (reserved), and what starts with `goog`, for which Pub/Sub
 * would refuse every topic derived from it.
 *
 * @see https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
 */
export const TenantId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{2,29}$/, 'must be 3 to 30 of a-z, 0-9 and "-", starting with a letter')
  .refine((id) => !RESERVED_TENANT_IDS.has(id), 'is a reserved name')
  .refine((id) => !id.startsWith('goog'), 'must not start with "goog", which Pub/Sub reserves')
  .brand<'TenantId'>();

export type TenantId = z.infer<typeof TenantId>;
