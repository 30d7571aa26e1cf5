import { z } from 'zod';
import { FUNCTIONS_HOSTS, type FunctionsHost } from './functions-host.ts';
import { Port, readArguments, readEnvironment } from '#emulator/process/read-options.ts';

/** Where the local cloud listens and what it uses; every port 0 means a free one. */
export interface CloudOptions {
  readonly project: string;
  /** Folder of `stack.json`, `control.json` and the functions' log. */
  readonly directory: string;
  readonly apiPort: number;
  readonly pubsubPort: number;
  readonly firestorePort: number;
  readonly bigqueryPort: number;
  /** Multiplies the retry policies' delays: a message that fails a hundred times is dead-lettered in minutes, not in 15 hours. */
  readonly backoffScale: number;
  /** What serves the functions. */
  readonly host: FunctionsHost;
  /** The directory of `npm run build`, where the functions run as they are deployed; undefined: the sources. */
  readonly bundle?: string;
  /** Whether faults can be asked for of the Pub/Sub server. */
  readonly faults: boolean;
  /** Servers that already run: Google's emulators, or ours started by hand. */
  readonly existing: { readonly pubsub?: string; readonly firestore?: string; readonly bigquery?: string };
}

const DEFAULT_PORTS = { api: 8080, pubsub: 8085, firestore: 8086, bigquery: 9050 } as const;

const Arguments = z.object({
  port: Port.optional(),
  'backoff-scale': z.coerce.number().positive().max(1).default(0.01),
  faults: z.boolean().default(false),
  host: z.enum(FUNCTIONS_HOSTS).optional(),
});
const Environment = z.object({
  /** What `--host` says where it is absent: every suite can be run on either host. */
  HEADGATE_HOST: z.enum(FUNCTIONS_HOSTS).default('node'),
  HEADGATE_BUNDLE: z.string().min(1).optional(),
  HEADGATE_DIR: z.string().min(1).default('.headgate'),
  GOOGLE_CLOUD_PROJECT: z.string().min(6).default('headgate-local'),
  PUBSUB_EMULATOR_HOST: z.string().min(1).optional(),
  FIRESTORE_EMULATOR_HOST: z.string().min(1).optional(),
  BIGQUERY_EMULATOR_HOST: z.url().optional(),
});

/**
 * Reads the command line and the environment, once.
 *
 * @throws {Error} naming the argument or variable that is wrong.
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): CloudOptions {
  const args = readArguments(Arguments, argv);
  const environment = readEnvironment(Environment, env);
  const others = args.port === 0;
  return {
    project: environment.GOOGLE_CLOUD_PROJECT,
    directory: environment.HEADGATE_DIR,
    apiPort: args.port ?? DEFAULT_PORTS.api,
    pubsubPort: others ? 0 : DEFAULT_PORTS.pubsub,
    firestorePort: others ? 0 : DEFAULT_PORTS.firestore,
    bigqueryPort: others ? 0 : DEFAULT_PORTS.bigquery,
    backoffScale: args['backoff-scale'],
    faults: args.faults,
    host: args.host ?? environment.HEADGATE_HOST,
    ...(environment.HEADGATE_BUNDLE && { bundle: environment.HEADGATE_BUNDLE }),
    existing: {
      ...(environment.PUBSUB_EMULATOR_HOST && { pubsub: environment.PUBSUB_EMULATOR_HOST }),
      ...(environment.FIRESTORE_EMULATOR_HOST && { firestore: environment.FIRESTORE_EMULATOR_HOST }),
      ...(environment.BIGQUERY_EMULATOR_HOST && { bigquery: environment.BIGQUERY_EMULATOR_HOST }),
    },
  };
}
