import { Document } from '@pulumi/gcp/firestore/index.js';
import { all, Config, getOrganization, getStack, type Output, RunError, secret, StackReference } from '@pulumi/pulumi';
import { ApiKey } from '#infra/components/api-key.ts';
import { PullSubscription } from '#infra/components/pull-subscription.ts';
import { PushSubscription } from '#infra/components/push-subscription.ts';
import { Stream } from '#infra/components/stream.ts';
import type { TenantScope } from '#infra/components/tenant-scope.ts';
import { WarehouseSubscription } from '#infra/components/warehouse-subscription.ts';
import { Warehouse } from '#infra/components/warehouse.ts';
import { PLATFORM_PROJECT, PLATFORM_STACK, PlatformOutputs } from '#infra/platform-outputs.ts';
import { COLLECTIONS } from '#shared/naming/firestore-paths.ts';
import { pushAudience, tenantNames } from '#shared/naming/tenant-names.ts';
import { toFirestoreFields } from '#shared/tenancy/firestore-fields.ts';
import { toTenantDocument } from '#shared/tenancy/tenant-document.ts';
import { DECISIONS_TABLE, EVENTS_TABLE, FAILED_EVENTS_TABLE, USER_PROPERTIES_TABLE } from '#shared/warehouse/tables.ts';
import { readApiKeys, readTenantSettings } from './settings.ts';

/** What `pulumi up` of a tenant answers. */
export interface TenantOutputs {
  /** Base URL the customer calls. */
  readonly endpoint: string;
  /** Base URL of the customer's own administration, `/v1/api-keys`. */
  readonly adminEndpoint: string;
  /** The customer's key, the first of the configured ones; a secret. */
  readonly apiKey: Output<string>;
  /** Every key, by name; a secret. */
  readonly apiKeys: Output<Readonly<Record<string, string>>>;
  /** `project.dataset` */
  readonly dataset: string;
  readonly topics: Readonly<Record<string, string>>;
}

/** All of one tenant: streams, subscriptions, dataset, keys and settings. The stack's name is the tenant's id. */
async function tenant(): Promise<TenantOutputs> {
  const config = new Config();
  const settings = readTenantSettings(getStack(), config);
  const apiKeys = readApiKeys(getStack(), config);
  const platform = await readPlatform(config);
  const { tenantId } = settings;
  const names = tenantNames(tenantId);
  const scope: TenantScope = {
    tenantId,
    names,
    projectId: platform.projectId,
    region: settings.region,
    pubsubServiceAgent: platform.pubsubServiceAgent,
  };
  const { ingest, decide } = platform.serviceAccounts;

  const warehouse = new Warehouse('warehouse', { scope });

  // First, as all others give up to it. `decide` publishes too: what can never succeed it puts here at once, with the
  // reason. So does `ingest`: an event that its own topic refuses for good (a schema, a limit) would otherwise be nowhere
  // but in the answer to a sender who may not look. Pub/Sub's service agent forwards what nobody acknowledged; without its
  // grant those messages are lost.
  const deadLetters = new Stream('dead-letter', {
    scope,
    stream: 'dead-letter',
    publishers: { ingest, decide, pubsub: platform.pubsubServiceAgent },
  });
  const events = new Stream('events', { scope, stream: 'events', publishers: { ingest } });
  const userProperties = new Stream('user-properties', { scope, stream: 'user-properties', publishers: { ingest } });
  const decisions = new Stream('decisions', { scope, stream: 'decisions', publishers: { decide } });

  const push = {
    scope,
    deadLetters,
    endpoint: `${platform.decideUrl}/push`,
    audience: pushAudience(platform.pushAudience, tenantId),
    serviceAccountEmail: platform.pushServiceAccount,
  };
  new PushSubscription(
    'events-decide',
    { ...push, stream: events, subscriptionId: names.subscriptions.eventsDecide },
    { parent: events },
  );
  new PushSubscription(
    'user-properties-decide',
    { ...push, stream: userProperties, subscriptionId: names.subscriptions.userPropertiesDecide },
    { parent: userProperties },
  );

  const write = { scope, warehouse };
  new WarehouseSubscription(
    'events-warehouse',
    {
      ...write,
      stream: events,
      deadLetters,
      subscriptionId: names.subscriptions.eventsWarehouse,
      table: EVENTS_TABLE,
    },
    { parent: events },
  );
  new WarehouseSubscription(
    'user-properties-warehouse',
    {
      ...write,
      stream: userProperties,
      deadLetters,
      subscriptionId: names.subscriptions.userPropertiesWarehouse,
      table: USER_PROPERTIES_TABLE,
    },
    { parent: userProperties },
  );
  new WarehouseSubscription(
    'decisions-warehouse',
    {
      ...write,
      stream: decisions,
      deadLetters,
      subscriptionId: names.subscriptions.decisionsWarehouse,
      table: DECISIONS_TABLE,
    },
    { parent: decisions },
  );

  // Nobody reads it day by day. It keeps seven days of events where a replay or a batch job can take them without
  // touching what `decide` and the warehouse still have to do.
  new PullSubscription(
    'events-archive',
    { scope, stream: events, deadLetters, subscriptionId: names.subscriptions.eventsArchive },
    { parent: events },
  );

  // A dead-letter topic with no subscription loses every message at once. Two: a row to query, and the bytes themselves to
  // look at and to send again.
  new WarehouseSubscription(
    'dead-letter-warehouse',
    {
      ...write,
      stream: deadLetters,
      subscriptionId: names.subscriptions.deadLetterWarehouse,
      table: FAILED_EVENTS_TABLE,
    },
    { parent: deadLetters },
  );
  new PullSubscription(
    'dead-letter-inspect',
    { scope, stream: deadLetters, subscriptionId: names.subscriptions.deadLetterInspect },
    { parent: deadLetters },
  );

  // The functions' only knowledge of the tenant. Until it exists every request with the tenant's key is refused.
  new Document('settings', {
    project: scope.projectId,
    collection: COLLECTIONS.tenants,
    documentId: tenantId,
    fields: toFirestoreFields(toTenantDocument(settings)),
  });

  // A key's resources are named after it, so that the order of the list means nothing to them. The one called `default` keeps
  // the name it had when there was no other.
  const keys = apiKeys.map(({ name, scopes, projectId, expiresAt }) => {
    const { key } = new ApiKey(name === 'default' ? 'api-key' : `api-key-${name}`, {
      scope,
      name,
      scopes: new Set(scopes),
      projectId,
      expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    });
    return { name, key };
  });

  return {
    endpoint: platform.apiUrl,
    adminEndpoint: platform.adminUrl,
    apiKey: secret(all(keys).apply(([first]) => first?.key ?? '')),
    apiKeys: secret(all(keys).apply((known) => Object.fromEntries(known.map(({ name, key }) => [name, key])))),
    dataset: `${scope.projectId}.${names.dataset}`,
    topics: names.topics,
  };
}

/** Outputs of the platform's stack; an error says which one is missing, and where it was looked for. */
async function readPlatform(config: Config): Promise<PlatformOutputs> {
  const name = config.get('platformStack') ?? `${getOrganization()}/${PLATFORM_PROJECT}/${PLATFORM_STACK}`;
  const stack = new StackReference(name);
  const outputs: Record<string, unknown> = {};
  for (const output of Object.keys(PlatformOutputs.shape)) {
    outputs[output] = (await stack.getOutputDetails(output)).value;
  }
  const parsed = PlatformOutputs.safeParse(outputs);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new RunError(`stack ${name} has no valid output ${missing}: apply infra/platform first`);
}

// Pulumi calls an entry point's default export; a program that is a function can be run for many stacks in one process.
// oxlint-disable-next-line import/no-default-export
export default tenant;
