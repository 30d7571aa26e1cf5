import type { TestStack } from '#test/stack/start-stack.ts';
import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { figure } from '../measurement/figure.ts';
import { makeTenants } from './many-tenants.ts';
import { pacedLoad } from './paced-load.ts';
import { measurePhase } from './phase.ts';
import { makeRow } from './row.ts';
import type { Row } from './row.ts';
import { sampleBodies } from './sample-events.ts';

/** The same load of one tenant and of many. */
export interface TenantsRows {
  readonly one: Row;
  readonly many: Row;
}

export const TENANTS = 1_000;
export const TENANTS_EVENTS_PER_SECOND = 10_000;
const EVENTS_PER_REQUEST = 100;

/** Each tenant's turn comes once in so many seconds. */
const TURN_SECONDS = TENANTS / (TENANTS_EVENTS_PER_SECOND / EVENTS_PER_REQUEST);

/**
 * Two instances of the functions under the same load at the same time, evenly spaced requests: all of one tenant's, and by
 * turns of {@link TENANTS} tenants. Side by side, because what a tenant costs is in good part by the time: its key and its settings are
 * read anew, its usage is settled. Each would do some of it while it is the other's turn to be measured.
 *
 * First every tenant has its turn once: what is measured is a tenant that is known.
 */
export async function tenantsSideBySide(stack: TestStack, seconds: number): Promise<TenantsRows> {
  await using cleanup = new AsyncDisposableStack();
  const keys = await makeTenants(stack, TENANTS + 1);
  const measure = async (name: string, apiKeys: readonly string[]): Promise<Row> => {
    const instance = await startFunctionsInstance(stack, 'node');
    cleanup.defer(async () => void (await instance.end()));
    const targets = apiKeys.map((apiKey) => ({
      url: `${instance.url}/v1/events`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    }));
    const load = (duration: number) =>
      pacedLoad(targets, sampleBodies(EVENTS_PER_REQUEST), EVENTS_PER_REQUEST, TENANTS_EVENTS_PER_SECOND, duration);
    await load(TURN_SECONDS);
    const phase = await measurePhase({ contender: instance.pid, pubsub: undefined, load: undefined }, () =>
      load(seconds),
    );
    return makeRow(name, EVENTS_PER_REQUEST, [phase], undefined);
  };
  const [one, many] = await Promise.all([
    measure('Headgate, 1 tenant', keys.slice(TENANTS)),
    measure(`Headgate, ${figure(TENANTS, 0)} tenants`, keys.slice(0, TENANTS)),
  ]);
  return { one, many };
}
