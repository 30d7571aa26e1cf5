import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { type PubSubServer, startPubSub } from '../index.ts';

/** A client that nobody here wrote. It takes a second to start, so each call shows as much as it can. */
const run = promisify(execFile);
const CALL_TIMEOUT_MS = 30_000;
const TEST_TIMEOUT_MS = 120_000;

let server: PubSubServer;
let config: string;

beforeAll(async () => {
  server = await startPubSub();
  config = await mkdtemp(join(tmpdir(), 'gcloud-'));
});

afterAll(async () => {
  await server.close();
  await rm(config, { recursive: true, force: true });
});

/** What `gcloud pubsub …` answers, as JSON. */
async function gcloud(context: TestContext, ...args: readonly string[]): Promise<unknown> {
  const env = {
    ...process.env,
    CLOUDSDK_CONFIG: config,
    CLOUDSDK_CORE_PROJECT: 'acme-project',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${server.address}/`,
  };
  try {
    const { stdout } = await run('gcloud', ['pubsub', ...args, '--format=json'], { env, timeout: CALL_TIMEOUT_MS });
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') context.skip('gcloud is not installed on this machine');
    throw error;
  }
}

test(
  'gcloud creates, updates, publishes, pulls, seeks, sets policies and deletes',
  async (context) => {
    const pubsub = (command: string, ...args: readonly string[]): Promise<unknown> =>
      gcloud(context, ...command.split(' '), ...args);
    const name = 'projects/acme-project/topics/orders';

    expect(await pubsub('topics create orders --labels=app=headgate --message-retention-duration=1d')).toMatchObject([
      { name, labels: { app: 'headgate' }, messageRetentionDuration: '86400s' },
    ]);
    const options = '--topic=orders --ack-deadline=30 --min-retry-delay=10s --retain-acked-messages';
    expect(
      await pubsub(`subscriptions create orders.eu ${options}`, '--message-filter=attributes.region = "eu"'),
    ).toMatchObject([{ filter: 'attributes.region = "eu"', topic: name, retryPolicy: { minimumBackoff: '10s' } }]);

    expect(await pubsub('topics publish orders --message=hello --attribute=region=eu')).toMatchObject({
      messageIds: [expect.any(String)],
    });
    const hello = [{ message: { data: 'aGVsbG8=', attributes: { region: 'eu' } } }];
    expect(await pubsub('subscriptions pull orders.eu --auto-ack')).toMatchObject(hello);
    await pubsub('subscriptions seek orders.eu --time=2020-01-01T00:00:00Z');
    expect(await pubsub('subscriptions pull orders.eu --auto-ack')).toMatchObject(hello);

    const bind = 'topics add-iam-policy-binding orders --role=roles/pubsub.viewer --member=user:a@example.com';
    const [policy, updated] = await Promise.all([
      pubsub(bind),
      pubsub('subscriptions update orders.eu --ack-deadline=60 --clear-retry-policy'),
    ]);
    expect(policy).toMatchObject({ bindings: [{ role: 'roles/pubsub.viewer', members: ['user:a@example.com'] }] });
    expect(updated).toMatchObject({ ackDeadlineSeconds: 60 });
    expect(updated).not.toHaveProperty('retryPolicy');

    await expect(pubsub('topics describe missing')).rejects.toThrow('NOT_FOUND: Resource not found (resource=missing)');
    await pubsub('topics delete orders');
    expect(await pubsub('subscriptions list')).toMatchObject([{ topic: '_deleted-topic_' }]);
  },
  TEST_TIMEOUT_MS,
);
