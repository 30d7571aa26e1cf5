import { anEvent } from '#test/stack/event.ts';
import { bytesOf, send } from '#test/wire/request.ts';
import { Connection } from '#test/wire/connection.ts';
import { FORMATS } from './formats.ts';
import type { Sender } from './sender.ts';
import type { Tenant } from './world.ts';

/** Of what an instance takes on: the bodies of all requests in flight, and of one. */
const INSTANCE_BYTES = 256_000_000;
const LARGEST_BODY = 10_000_000;
/** Less than any event has is left: others are in flight at the time, whose bodies declare a byte each. */
const LEFT_OVER_BYTES = 10;
/** What a tenant may have of it. */
const SHARE = { standard: 0.25, enterprise: 0.5 } as const;

/** Requests in flight whose bodies are on their way: what they declare counts. Ends them when it is disposed of. */
async function hold(sender: Sender, tenant: Tenant, sizes: readonly number[]): Promise<Disposable> {
  const { hosted, world } = sender;
  // Whose key is known is let in by the time the next request is read.
  await sender.post(tenant, FORMATS.JSON(anEvent()));
  const connections = await Promise.all(
    sizes.map(async (size) => {
      const connection = await Connection.open(hosted.url);
      const headers = [
        ['authorization', `Bearer ${world.keys[tenant]}`],
        ['content-type', 'application/json'],
        ['content-length', String(size)],
      ] as const;
      connection.write(bytesOf({ headers }));
      return connection;
    }),
  );
  return { [Symbol.dispose]: () => connections.forEach((connection) => connection.close()) };
}

/** As many sizes of bodies as add up to `bytes`. */
function sizesOf(bytes: number): number[] {
  const sizes = Array.from({ length: Math.floor(bytes / LARGEST_BODY) }, () => LARGEST_BODY);
  const rest = bytes % LARGEST_BODY;
  return rest === 0 ? sizes : [...sizes, rest];
}

/** Takes all of a tenant's share of the instance; the tenant has the plan `standard`. */
export async function fillTenant(sender: Sender, tenant: Tenant): Promise<AsyncDisposable> {
  return settled(sender, [await hold(sender, tenant, sizesOf(INSTANCE_BYTES * SHARE.standard))]);
}

/** Takes all of the instance, for two tenants of the plan `enterprise`. */
export async function crowd(sender: Sender): Promise<AsyncDisposable> {
  const bytes = INSTANCE_BYTES * SHARE.enterprise;
  const held = [
    await hold(sender, 'acme', sizesOf(bytes)),
    await hold(sender, 'globex', sizesOf(bytes - LEFT_OVER_BYTES)),
  ];
  return settled(sender, held);
}

/** Once what is held has been seen by the instance; and at its end, once that has been seen too. */
async function settled({ hosted }: Sender, held: readonly Disposable[]): Promise<AsyncDisposable> {
  const seen = async (): Promise<void> => {
    await send(hosted.url, { method: 'GET', target: '/healthz' });
  };
  await seen();
  return {
    [Symbol.asyncDispose]: async () => {
      for (const each of held) each[Symbol.dispose]();
      await seen();
    },
  };
}
