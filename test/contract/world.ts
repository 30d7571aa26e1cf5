import type { FunctionsHost } from '#emulator/cloud/functions-host.ts';
import { anEvent } from '#test/stack/event.ts';
import { setFault } from '#test/stack/faults.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';
import { CLOSED, Connection } from '#test/wire/connection.ts';
import { bytesOf } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import type { Answered } from './answered.ts';
import { ALL_FORMATS, type Format, FORMATS } from './formats.ts';

/** A body may take twenty seconds. */
const BODY_PATIENCE_MS = 30_000;

/** Each in a state of its own, by what they are named for. */
const TENANTS = {
  halted: { status: 'suspended' },
  metered: { limits: { eventsPerSecond: 1, burstEvents: 2_500 } },
  spent: { limits: { eventsPerDay: 0 } },
  hollow: {},
  outage: {},
  late: {},
  sluggish: {},
  crowded: { plan: 'standard' },
} as const;

export type Tenant = keyof typeof TENANTS | 'acme' | 'globex';

/** What is behind the hosts. */
export interface World {
  readonly stack: TestStack;
  /** Each tenant's API key. */
  readonly keys: Readonly<Record<Tenant, string>>;
  /** One of acme's that may administer its keys. */
  readonly adminKey: string;
}

/** A host under test. */
export interface Hosted {
  readonly url: string;
  /** The same where Firestore cannot be reached. */
  readonly blindUrl: string;
  /** The answers to requests, in every format, whose bodies have been on their way since this was started. */
  readonly unfinished: Promise<readonly Answered[]>;
  readonly close: () => Promise<void>;
}

/** Starts a stack, and brings its tenants into their states. */
export async function startWorld(): Promise<World> {
  const stack = await startStack({}, ['--faults']);
  const controlUrl = await controlUrlOf(stack.directory);
  const keys: Record<string, string> = {};
  for (const [tenant, settings] of Object.entries(TENANTS)) keys[tenant] = await onboard(controlUrl, tenant, settings);
  const { acme, globex } = stack.tenants;
  if (acme?.adminKey === undefined || globex === undefined) throw new Error('acme and globex have their keys');
  Object.assign(keys, { acme: acme.apiKey, globex: globex.apiKey });

  const topic = (tenant: Tenant): string => `projects/${stack.project}/topics/${tenant}.events`;
  await Promise.all([
    setFault(stack, 'outage', { target: topic('outage'), method: 'Publish', code: 'PERMISSION_DENIED' }),
    setFault(stack, 'late', { target: topic('late'), method: 'Publish', latencyMs: 60_000 }),
    setFault(stack, 'sluggish', { target: topic('sluggish'), method: 'Publish', latencyMs: 300 }),
    fetch(`http://${stack.pubsub}/v1/${topic('hollow')}`, { method: 'DELETE', signal: AbortSignal.timeout(5_000) }),
  ]);
  return { stack, keys: keys as World['keys'], adminKey: acme.adminKey };
}

/** Starts what is to be held to the contract. Publishing is given up after a second, so that nobody waits for eight. */
export async function startHosted({ stack, keys }: World, host: FunctionsHost): Promise<Hosted> {
  const start = (env: NodeJS.ProcessEnv): Promise<FunctionsInstance> =>
    startFunctionsInstance(stack, host, { PUBLISH_DEADLINE_MS: '1000', LOG_LEVEL: 'silent', ...env });
  const [sighted, blind] = await Promise.all([start({}), start({ FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' })]);
  const unfinished = Promise.all(
    ALL_FORMATS.map(async (format) => [format, await unfinishedIn(format, sighted.url, keys.sluggish)] as const),
  );
  unfinished.catch(() => undefined);
  return {
    url: sighted.url,
    blindUrl: blind.url,
    unfinished,
    close: async () => void (await Promise.all([sighted.end(), blind.end()])),
  };
}

/** What a request is answered of whose body not one byte comes. */
async function unfinishedIn(format: Format, url: string, apiKey: string): Promise<WireResponse> {
  const connection = await Connection.open(url);
  try {
    const { headers } = FORMATS[format](anEvent());
    const own = [
      ['authorization', `Bearer ${apiKey}`],
      ['content-length', '1'],
    ] as const;
    connection.write(bytesOf({ headers: [...own, ...headers] }));
    const response = await connection.response('POST', BODY_PATIENCE_MS);
    if (response === CLOSED) throw new Error('the connection was closed without an answer');
    return response;
  } finally {
    connection.close();
  }
}
