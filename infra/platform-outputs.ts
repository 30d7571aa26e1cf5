import { z } from 'zod';

/** Pulumi project and usual stack of the platform. */
export const PLATFORM_PROJECT = 'headgate-platform';
export const PLATFORM_STACK = 'platform';

/** What the platform's stack hands to each tenant's: the one contract between the two programs. */
export const PlatformOutputs = z.object({
  projectId: z.string().min(1),
  /** Base URL customers call. */
  apiUrl: z.url(),
  /** Base URL customers administer their keys at. */
  adminUrl: z.url(),
  /** Base URL of `decide`. */
  decideUrl: z.url(),
  /** What the tokens of pushes to `decide` must name as their audience, with `/{tenant}` behind it. */
  pushAudience: z.url(),
  /** E-mail address of the service account in whose name Pub/Sub pushes. */
  pushServiceAccount: z.email(),
  /** E-mail address of Pub/Sub's service agent in the project. */
  pubsubServiceAgent: z.email(),
  /** E-mail address each function runs as. */
  serviceAccounts: z.object({ ingest: z.email(), decide: z.email() }),
});

export type PlatformOutputs = z.infer<typeof PlatformOutputs>;
