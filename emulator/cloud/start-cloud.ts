import { TenantId } from '#shared/naming/tenant-id.ts';
import { startChildServer } from './child-server.ts';
import type { ChildServer } from './child-server.ts';
import { startControl } from './control.ts';
import type { Progress } from './control.ts';
import { DEMO_TENANTS, LOCAL_TENANT_CONFIG } from './demo-tenants.ts';
import type { TenantConfig } from './demo-tenants.ts';
import { freePort, isFree } from './free-port.ts';
import { startFunctionsProcess } from './functions-process.ts';
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
 * demo tenant, starts the functions, and writes `stack.json`.
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
    await removeStackFiles(options.directory);
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
  const importing = import('#emulator/pulumi/index.ts');
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    GOOGLE_CLOUD_PROJECT: options.project,
    METADATA_SERVER_DETECTION: 'none',
  };
  const child = async (
    entry: string,
    port: number,
    env: NodeJS.ProcessEnv,
    ...args: string[]
  ): Promise<ChildServer> => {
    await refuseTakenPort(port);
    const url = new URL(`../${entry}`, import.meta.url);
    const server = await startChildServer(url, ['--port', String(port), ...args], env, onFailure);
    closers.push(() => server.close());
    return server;
  };

  const apiPort = options.apiPort === 0 ? await freePort() : options.apiPort;
  await refuseTakenPort(apiPort);
  const api = `http://127.0.0.1:${apiPort}`;

  const faults = options.faults ? ['--faults'] : [];
  const scale = ['--backoff-scale', String(options.backoffScale)];
  const [firestore, bigquery] = await Promise.all([
    options.existing.firestore ?? child('firestore/main.ts', options.firestorePort, environment).then((s) => s.address),
    options.existing.bigquery ?? child('bigquery/main.ts', options.bigqueryPort, environment).then((s) => s.address),
  ]);
  const pubsubEnvironment = { ...environment, BIGQUERY_EMULATOR_HOST: bigquery };
  const relay =
    options.existing.pubsub === undefined
      ? undefined
      : await child(
          'relay/main.ts',
          0,
          { ...pubsubEnvironment, PUBSUB_EMULATOR_HOST: options.existing.pubsub },
          ...scale,
        );
  const pubsub =
    options.existing.pubsub ??
    (await child('pubsub/main.ts', options.pubsubPort, pubsubEnvironment, ...scale, ...faults)).address;

  const functions = startFunctionsProcess(
    new URL('../../functions/main.ts', import.meta.url),
    {
      ...environment,
      HOST: '127.0.0.1',
      PORT: String(apiPort),
      PUBSUB_EMULATOR_HOST: pubsub,
      FIRESTORE_EMULATOR_HOST: firestore,
      PUSH_AUDIENCE: api,
      OIDC_CERTS_URL: `${relay?.address ?? `http://${pubsub}`}/oauth2/v1/certs`,
    },
    api,
    options.directory,
    report,
  );
  closers.push(() => functions.close(FUNCTIONS_CLOSE_TIMEOUT_MS));

  const { createApplier } = await importing;
  const applier = createApplier({
    projectId: options.project,
    pubsub,
    firestore,
    bigquery,
    apiUrl: api,
    backoffScale: options.backoffScale,
    ...(relay && { relay: relay.address }),
  });
  closers.push(() => applier.close());
  const stack: Stack = { project: options.project, api, pubsub, firestore, bigquery, tenants: {} };
  const unplaced = new Map<string, number>();
  const count = (resources: readonly { readonly type: string; readonly placed: boolean }[]): void => {
    for (const { type, placed } of resources) if (!placed) unplaced.set(type, (unplaced.get(type) ?? 0) + 1);
  };
  count((await applier.applyPlatform()).resources);

  const configs = new Map<TenantId, TenantConfig>();
  const onboard = async (tenant: TenantId, settings: TenantConfig, tell: (line: Progress) => void): Promise<void> => {
    // As in the cloud, where the stack keeps its configuration: a setting that is not given stays as it is.
    const config = { ...(configs.get(tenant) ?? LOCAL_TENANT_CONFIG), ...settings };
    const { endpoint, apiKey, resources } = await applier.applyTenant(tenant, config, ({ urn, operation }) =>
      tell({ type: 'resource', urn, operation }),
    );
    configs.set(tenant, config);
    count(resources);
    stack.tenants[tenant] = { apiKey };
    await writeStack(options.directory, stack);
    tell({ type: 'done', endpoint, apiKey });
  };
  for (const id of DEMO_TENANTS) await onboard(TenantId.parse(id), {}, () => undefined);
  await functions.ready(READY_TIMEOUT_MS);

  const control = await startControl(onboard, () => functions.pid());
  closers.push(() => control.close());
  await writeControl(options.directory, { url: control.url, pid: process.pid });
  return { stack, unplaced, close };
}

async function refuseTakenPort(port: number): Promise<void> {
  if (port !== 0 && !(await isFree(port))) {
    throw new Error(
      `port ${port} is taken: stop what listens there, or "npm start -- --port 0" for free ports throughout`,
    );
  }
}
