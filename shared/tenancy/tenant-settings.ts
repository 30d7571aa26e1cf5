import { z } from 'zod';
import { Issuers } from '#shared/auth/issuer.ts';
import { Members } from '#shared/auth/roles.ts';
import { RegisteredTypes } from '#shared/events/tenant-types/registered-type.ts';
import { LimitOverrides } from '#shared/limits/limit-overrides.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { Rule } from './rule.ts';

/** When a batch of a tenant's messages is handed to Pub/Sub: as soon as any of these is reached. */
const Batching = z.strictObject({
  maxMessages: z.int().min(1).max(1000).default(1000),
  /** Below Pub/Sub's limit of 10 MB for a request, with room for attributes. */
  maxBytes: z.int().min(1).max(9_000_000).default(1_048_576),
  maxMilliseconds: z.int().min(0).max(1000).default(5),
});

/** How Headgate treats one tenant: what the tenant program writes to Firestore and every function reads. */
export const TenantSettings = z.strictObject({
  tenantId: TenantId,
  /** A suspended tenant's requests are refused; what was accepted before is still processed. */
  status: z.enum(['active', 'suspended']).default('active'),
  /** `open`: event types that are not in the catalogue pass with any `data`. `strict`: the catalogue only. */
  mode: z.enum(['open', 'strict']).default('strict'),
  /** Google Cloud region in which the tenant's messages and dataset are stored. */
  region: z
    .string()
    .regex(/^[a-z]+(-[a-z]+)+[0-9]+$/, 'must be a Google Cloud region such as europe-west1')
    .default('europe-west1'),
  plan: z.enum(['standard', 'enterprise']).default('standard'),
  /** Whether messages carry the subject as ordering key: `docs/events.md` says what order that promises. */
  ordering: z.boolean().default(false),
  batching: Batching.prefault({}),
  /** Whether an event whose id came within the last 24 hours is answered `duplicate` and not published again. */
  deduplication: z.enum(['none', '24h']).default('none'),
  /**
   * After so many days without an event or a change of properties a subject's profile is deleted. Longer than a profile must
   * remember which messages it holds (38 days).
   */
  subjectRetentionDays: z.int().min(40).max(3650).default(730),
  limits: LimitOverrides.default({}),
  /** Whose JWTs are accepted. */
  issuers: Issuers.default([]),
  /** What holders of such JWTs may be granted. */
  members: Members.default([]),
  /** Event types of the tenant's own. */
  eventTypes: RegisteredTypes.default([]),
  rules: z
    .array(Rule)
    .max(100)
    .refine((rules) => new Set(rules.map((rule) => rule.id)).size === rules.length, 'must have an id each of its own')
    .default([]),
});

export type TenantSettings = z.infer<typeof TenantSettings>;
