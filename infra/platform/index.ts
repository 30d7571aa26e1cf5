import { Service, ServiceIdentity } from '@pulumi/gcp/projects/index.js';
import { Config, type Input, type Output } from '@pulumi/pulumi';
import { AuditTrail } from '#infra/components/audit-trail.ts';
import { CloudFunction } from '#infra/components/cloud-function.ts';
import { Database } from '#infra/components/database.ts';
import { MEMORY_MIB } from '#infra/components/instance-memory.ts';
import { NightWatch } from '#infra/components/night-watch.ts';
import { Overview } from '#infra/components/overview.ts';
import type { PlatformScope } from '#infra/components/platform-scope.ts';
import { PushAccount } from '#infra/components/push-account.ts';
import { ServiceLevel } from '#infra/components/service-level.ts';
import type { PlatformOutputs } from '#infra/platform-outputs.ts';

/**
 * The functions: a line for each. The roles are those in the project; a tenant's stack grants the rest, which for `operate`
 * is nothing. Only what a service needs its roles for is `served` by it: `ingest` answers for what customers read, too.
 *
 * All run on the small Node host (the image's command): functions-framework answers alike, but its Express and its body
 * parsers cost several times as much for each request, which is paid for by the CPU second.
 */
const FUNCTIONS = {
  // It writes what it remembers (answers, marks of events) and what it has counted.
  // A tenant of the plan `standard` that sends its rate in single events, each of which takes 50 ms, has 50 in flight: the
  // quarter of an instance that it may take.
  ingest: {
    roles: ['roles/datastore.user'],
    serves: 'ingest,decide',
    maxConcurrentRequests: 200,
    isBusy: true,
  },
  decide: {
    roles: ['roles/datastore.user'],
    serves: 'decide',
    maxConcurrentRequests: 80,
    isBusy: true,
  },
  operate: {
    roles: ['roles/datastore.user'],
    serves: 'operate',
    maxConcurrentRequests: 80,
    isBusy: false,
  },
} as const;

/** APIs that a new project has switched off; without them the first `up` fails one resource after the other. */
const SERVICES = ['bigquery', 'firebaserules', 'firestore', 'iam', 'logging', 'monitoring', 'pubsub', 'run'] as const;

/** A year, and a month in which to look at it. */
const AUDIT_RETENTION_DAYS = 400;

/** {@link PlatformOutputs}, as far as they are known while the program runs. */
type Outputs = {
  readonly [Key in keyof PlatformOutputs]: Input<PlatformOutputs[Key]> | Record<string, Output<string>>;
};

/** All that tenants share. */
async function platform(): Promise<Outputs> {
  const config = new Config();
  const projectId = new Config('gcp').require('project');
  const scope: PlatformScope = { projectId, region: config.get('region') ?? 'europe-west1' };

  const enabled = SERVICES.map(
    (service) =>
      new Service(service, { project: projectId, service: `${service}.googleapis.com`, disableOnDestroy: false }),
  );

  // Pub/Sub's own account in this project. It exists only once it is asked for, and every tenant's grants name it.
  const pubsubAgent = new ServiceIdentity(
    'pubsub-agent',
    { project: projectId, service: 'pubsub.googleapis.com' },
    { dependsOn: enabled },
  );

  const pushAccount = new PushAccount('push', { scope, pubsubServiceAgent: pubsubAgent.email }, { dependsOn: enabled });

  new Database(
    'firestore',
    {
      scope,
      rules: new URL('../../firestore.rules', import.meta.url),
      indexes: new URL('../../firestore.indexes.json', import.meta.url),
    },
    { dependsOn: enabled },
  );

  // A name of our own and not the URL of `decide`, which is known only once the function exists, and the function has to be
  // told what to demand.
  const pushAudience = config.get('pushAudience') ?? `https://decide.${projectId}.headgate`;
  // What is settled, refreshed and logged between requests needs CPU there; without it, it waits for the next request. From
  // some 15 requests/s an instance on it is also cheaper. docs/hosts.md has the bill.
  const isCpuAlwaysOn = config.getBoolean('cpuAlwaysOn') ?? true;
  const functions = mapFunctions(
    (name, { roles, serves, maxConcurrentRequests, isBusy }) =>
      new CloudFunction(
        name,
        {
          scope,
          image: config.require('image'),
          roles,
          memoryMib: MEMORY_MIB[name],
          maxConcurrentRequests,
          isCpuAlwaysOn: isCpuAlwaysOn && isBusy,
          environment: { PUSH_AUDIENCE: pushAudience, FUNCTIONS: serves },
        },
        { dependsOn: enabled },
      ),
  );

  const services = Object.keys(FUNCTIONS);
  const email = config.get('alertEmail');
  new NightWatch('night-watch', { scope, services, ...(email !== undefined && { email }) }, { dependsOn: enabled });
  const retentionDays = config.getNumber('auditRetentionDays') ?? AUDIT_RETENTION_DAYS;
  new AuditTrail('audit', { scope, retentionDays }, { dependsOn: enabled });
  new ServiceLevel('service-level', { scope, service: 'ingest' }, { dependsOn: enabled });
  new Overview('overview', { scope, services }, { dependsOn: enabled });

  return {
    projectId,
    apiUrl: config.get('apiUrl') ?? functions.ingest.url,
    adminUrl: config.get('adminUrl') ?? functions.operate.url,
    decideUrl: functions.decide.url,
    pushAudience,
    pushServiceAccount: pushAccount.email,
    pubsubServiceAgent: pubsubAgent.email,
    serviceAccounts: {
      ingest: functions.ingest.serviceAccountEmail,
      decide: functions.decide.serviceAccountEmail,
    },
  };
}

type FunctionName = keyof typeof FUNCTIONS;

function mapFunctions<T>(
  make: (name: FunctionName, spec: (typeof FUNCTIONS)[FunctionName]) => T,
): Record<FunctionName, T> {
  const entries = Object.entries(FUNCTIONS) as [FunctionName, (typeof FUNCTIONS)[FunctionName]][];
  return Object.fromEntries(entries.map(([name, spec]) => [name, make(name, spec)])) as Record<FunctionName, T>;
}

// Pulumi calls an entry point's default export; a program that is a function can be run for many stacks in one process.
// oxlint-disable-next-line import/no-default-export
export default platform;
