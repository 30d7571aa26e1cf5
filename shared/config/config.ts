import { z } from 'zod';
import { LOG_LEVELS } from '#shared/telemetry/logger.ts';

const WholeNumber = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);

/** What a process can serve. */
export const FUNCTION_NAMES = ['ingest', 'decide', 'operate'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** The environment of the functions. `PUBSUB_EMULATOR_HOST` and `FIRESTORE_EMULATOR_HOST` are read by Google's libraries. */
const Environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: WholeNumber.pipe(z.number().max(65_535)).default(8080),
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
  /** Which of them this process serves, `ingest,decide`, say; all where it is absent. */
  FUNCTIONS: z
    .string()
    .transform((names) => names.split(','))
    .pipe(z.array(z.enum(FUNCTION_NAMES)))
    .default([...FUNCTION_NAMES]),
  /** What the `aud` claim of a push request's token must be, but for the tenant's id behind it: `{PUSH_AUDIENCE}/{tenant}`. */
  PUSH_AUDIENCE: z.url(),
  /** Where the keys of who signs push requests are: a JWK Set. */
  OIDC_JWKS_URL: z.url().default('https://www.googleapis.com/oauth2/v3/certs'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /**
   * Of so many pushes that were applied, and nothing more is to be said about them, one has a line in the log: a line for each
   * would cost 0.17 dollars for a million events, 375 bytes at 0.50 dollars a GiB. 1: each.
   */
  LOG_ONE_APPLIED_PUSH_IN: WholeNumber.pipe(z.number().min(1)).default(100),
  /**
   * Requests that whatever stands before it sends to this instance at a time; tenants have shares of it. Where nothing bounds
   * them, as many as Cloud Run sends at most.
   */
  MAX_CONCURRENT_REQUESTS: WholeNumber.pipe(z.number().min(1).max(1_000)).default(1_000),
  /** From accepting a message to giving up on Pub/Sub. Below what callers wait for, and what a drain may take. */
  PUBLISH_DEADLINE_MS: WholeNumber.pipe(z.number().min(100).max(9_000)).default(8_000),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly functions: readonly FunctionName[];
  readonly projectId: string;
  readonly pushAudience: string;
  readonly oidcJwksUrl: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logOneAppliedPushIn: number;
  readonly maxConcurrentRequests: number;
  readonly publishDeadlineMs: number;
}

/**
 * Reads the configuration. An empty variable counts as absent.
 *
 * @throws Error naming every variable that is missing or not valid.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present, {
    error: ({ input }) => (input === undefined ? 'must be set' : undefined),
  });
  if (!parsed.success) {
    const findings = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The environment is not valid. ${findings.join('; ')}`);
  }
  return {
    host: parsed.data.HOST,
    port: parsed.data.PORT,
    functions: parsed.data.FUNCTIONS,
    projectId: parsed.data.GOOGLE_CLOUD_PROJECT,
    pushAudience: parsed.data.PUSH_AUDIENCE,
    oidcJwksUrl: parsed.data.OIDC_JWKS_URL,
    logLevel: parsed.data.LOG_LEVEL,
    logOneAppliedPushIn: parsed.data.LOG_ONE_APPLIED_PUSH_IN,
    maxConcurrentRequests: parsed.data.MAX_CONCURRENT_REQUESTS,
    publishDeadlineMs: parsed.data.PUBLISH_DEADLINE_MS,
  };
}
