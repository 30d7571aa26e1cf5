import type { AppliedTenant } from '#emulator/pulumi/index.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { startChildServer } from './child-server.ts';
import { startControl } from './control.ts';
import type { Progress } from './control.ts';
import { adminKeyOf, DEMO_TENANTS, LOCAL_TENANT_CONFIG } from './demo-tenants.ts';
import type { TenantConfig } from './demo-tenants.ts';
import { freePorts, isFree } from './free-ports.ts';
import { programOf } from './functions-host.ts';
import { startLocalFunctions } from './local-functions.ts';
import type { CloudOptions } from './options.ts';
import { removeStackFiles, writeControl, writeStack } from './stack-file.ts';
import type { Stack } from './stack-file.ts';

/** A local cloud that is up: every server listens, the programs are applied, the functions are ready. */
export interface Cloud {
  readonly stack: Stack;
  /** Types of resources that the programs have and a laptop has no place for, with how many there are. */
  readonly unplaced: ReadonlyMap<string, number>;
  /** Ends all of it, the functions first (they finish what is in flight). */
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
/** Ctrl-C promises two seconds for everything; the functions have most of them to finish what is in flight. */
const FUNCTIONS_CLOSE_TIMEOUT_MS = 1_200;

/**
 * Brings up the local cloud: starts what does not run yet, applies the platform program and the tenant program for each
 * demo tenant, and starts the functions. When all of it is up, and not before, it writes `stack.json`; what an earlier cloud left
 * there is gone until then.
 *
 * @param report one line for what a person should see while it starts and runs.
 * @param onFailure called where a server that everything depends on has ended by itself.
 * @throws {Error} naming what could not start; what had started is ended.
 */
export async function startCloud(
  options: CloudOptions,
  report: (line: string) => void,
  onFailure: (reason: string) => void,
): Promise<Cloud> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return await bringUp(options, report, onFailure, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function bringUp(
  options: CloudOptions,
  report: (line: string) => void,
  onFailure: (reason: string) => void,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Cloud> {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    GOOGLE_CLOUD_PROJECT: options.project,
    METADATA_SERVER_DETECTION: 'none',
  };
  const { existing } = options;
  // Before the files are touched: where a port is taken, they may be those of a cloud that runs.
  const ports = await portsFor(options);
  const removeFiles = (): Promise<void> => removeStackFiles(options.directory);
  await removeFiles();
  const api = `http://127.0.0.1:${ports.api}`;
  const pubsub = existing.pubsub ?? `127.0.0.1:${ports.pubsub}`;
  const firestore = existing.firestore ?? `127.0.0.1:${ports.firestore}`;
  const bigquery = existing.bigquery ?? `http://127.0.0.1:${ports.bigquery}`;
  const relay = existing.pubsub === undefined ? undefined : `http://127.0.0.1:${ports.relay}`;

  // All start at once, which is why the ports are chosen here: none has to be up for another to begin.
  const child = async (name: string, port: number, ...args: string[]): Promise<void> => {
    const entry = new URL(`../${name}/main.ts`, import.meta.url);
    const env = { ...environment, BIGQUERY_EMULATOR_HOST: bigquery, PUBSUB_EMULATOR_HOST: pubsub };
    const server = await startChildServer(entry, ['--port', String(port), ...args], env, onFailure);
    closers.push(() => server.close());
  };
  const faults = options.faults ? ['--faults'] : [];
  const scale = ['--backoff-scale', String(options.backoffScale)];
  const servers = Promise.all([
    relay && child('relay', ports.relay, ...scale),
    existing.pubsub ?? child('pubsub', ports.pubsub, ...scale, ...faults),
    existing.bigquery ?? child('bigquery', ports.bigquery),
    existing.firestore ?? child('firestore', ports.firestore),
  ]);
  const functions = startLocalFunctions({
    program: programOf(options.host, options.bundle),
    env: {
      ...environment,
      PUBSUB_EMULATOR_HOST: pubsub,
      FIRESTORE_EMULATOR_HOST: firestore,
      PUSH_AUDIENCE: api,
      OIDC_JWKS_URL: `${relay ?? `http://${pubsub}`}/oauth2/v3/certs`,
    },
    ports,
    directory: options.directory,
    report,
  });
  // Loading Pulumi keeps this process busy for a second: only now that the others have begun.
  const [{ createApplier }, { startTenantIssuers }] = await Promise.all([
    import('#emulator/pulumi/index.ts'),
    import('#emulator/oidc/tenant-issuers.ts'),
  ]);
  await servers;
  closers.push(() => functions.close(FUNCTIONS_CLOSE_TIMEOUT_MS));

  const applier = createApplier({
    projectId: options.project,
    pubsub,
    firestore,
    bigquery,
    apiUrl: api,
    decideUrl: `http://127.0.0.1:${ports.decide}`,
    backoffScale: options.backoffScale,
    ...(relay && { relay }),
  });
  closers.push(() => applier.close());
  const issuers = await startTenantIssuers(options.directory);
  closers.push(() => issuers.close());
  const stack: Stack = { project: options.project, api, pubsub, firestore, bigquery, tenants: {} };
  const unplaced = new Map<string, number>();
  const count = (resources: readonly { readonly type: string; readonly placed: boolean }[]): void => {
    for (const { type, placed } of resources) if (!placed) unplaced.set(type, (unplaced.get(type) ?? 0) + 1);
  };
  count((await applier.applyPlatform()).resources);

  const configs = new Map<TenantId, TenantConfig>();
  const apply = async (
    tenant: TenantId,
    settings: TenantConfig,
    tell: (line: Progress) => void = () => undefined,
  ): Promise<Pick<AppliedTenant, 'endpoint' | 'apiKey' | 'apiKeys'>> => {
    // As in the cloud, where the stack keeps its configuration: a setting that is not given stays as it is.
    const before = configs.get(tenant) ?? { ...LOCAL_TENANT_CONFIG, ...(await issuers.settingsFor(tenant)) };
    const config = { ...before, ...settings };
    const { endpoint, apiKey, apiKeys, resources } = await applier.applyTenant(tenant, config, ({ urn, operation }) =>
      tell({ type: 'resource', urn, operation }),
    );
    configs.set(tenant, config);
    count(resources);
    const adminKey = adminKeyOf(config, apiKeys);
    stack.tenants[tenant] = { apiKey, ...(adminKey !== undefined && { adminKey }) };
    return { endpoint, apiKey, apiKeys };
  };
  for (const id of DEMO_TENANTS) await apply(TenantId.parse(id), {});
  await functions.ready(READY_TIMEOUT_MS);

  const control = await startControl({
    onboard: async (tenant, settings, tell) => {
      const applied = await apply(tenant, settings, tell);
      await writeStack(options.directory, stack);
      tell({ type: 'done', ...applied });
    },
    settingsOf: (tenant) => configs.get(tenant as TenantId),
    functions,
  });
  closers.push(() => control.close(), removeFiles);
  await writeControl(options.directory, { url: control.url, pid: process.pid });
  await writeStack(options.directory, stack);
  return { stack, unplaced, close };
}

type Ports = Readonly<Record<'api' | 'decide' | 'pubsub' | 'firestore' | 'bigquery' | 'relay', number>>;

/** The ports asked for, and free ones for the rest. @throws {Error} naming one that is taken. */
async function portsFor({ apiPort, pubsubPort, firestorePort, bigqueryPort, existing }: CloudOptions): Promise<Ports> {
  const wanted = [
    apiPort,
    existing.pubsub === undefined ? pubsubPort : 0,
    existing.firestore === undefined ? firestorePort : 0,
    existing.bigquery === undefined ? bigqueryPort : 0,
  ].filter((port) => port !== 0);
  for (const port of wanted) {
    if (await isFree(port)) continue;
    throw new Error(
      `port ${port} is taken: stop what listens there, or "npm start -- --port 0" for free ports throughout`,
    );
  }
  const [api = 0, pubsub = 0, firestore = 0, bigquery = 0, relay = 0, decide = 0] = await freePorts(6);
  return {
    api: apiPort || api,
    pubsub: pubsubPort || pubsub,
    firestore: firestorePort || firestore,
    bigquery: bigqueryPort || bigquery,
    relay,
    decide,
  };
}
