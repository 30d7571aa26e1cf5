import { Agent } from 'node:http';
import { MEMORY_MIB, nodeOptionsFor } from '#infra/components/instance-memory.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack } from '#test/stack/start-stack.ts';
import { bodyOf } from './body.ts';
import { startFlooder, type FloodResult } from './flood.ts';
import { type HostileResult, startAttacker } from './hostile.ts';
import { obeyingClient, type Obeyed } from './obeying-client.ts';
import { paced } from './paced.ts';
import { post } from './post.ts';
import { anotherApiKey, limitedTenant, standardTenant, unlimitedTenant, withoutSubscribers } from './tenants.ts';

/** What the flooding tenant may send. */
export const LIMIT = { eventsPerSecond: 1_000, burstEvents: 2_500 };
const FLOOD = { eventsPerSecond: 10 * LIMIT.eventsPerSecond, eventsPerRequest: 25 };
const QUIET = { requestsPerSecond: 50, eventsPerRequest: 10 };

/** What the quiet tenant was answered. */
export interface Quiet {
  /** Of each answer 202, from the time its request was due. */
  readonly latenciesMs: readonly number[];
  /** Requests that were answered with something else, or not at all. */
  readonly refused: number;
}

/** Two tenants on one instance of the ingest function. */
export interface Neighbours {
  /** 50 requests a second of the quiet tenant, evenly spaced. */
  quiet(seconds: number): Promise<Quiet>;
  /** Ten times the other one's limit, whatever is answered, from a process of its own. */
  flood(seconds: number): Promise<FloodResult>;
  /** Three hostile bodies at a time, from a process of its own, of a tenant with the limits of a plan, or none. */
  attack(plan: 'standard' | 'unlimited', seconds: number, atLeast?: number): Promise<HostileResult>;
  /** Process id of the instance, which has the heap of a deployed one. */
  readonly pid: number;
  /** A client of the flooding tenant, with a key of its own, that waits as it is told. */
  obey(signal: AbortSignal): Promise<Obeyed>;
  end(): Promise<void>;
}

/**
 * Starts a local cloud and, beside it, an instance of the ingest function. Nothing is subscribed to the two tenants' events: the work of
 * deciding and of writing rows is other services', which here would take their share of the same cores.
 */
export async function startNeighbours(): Promise<Neighbours> {
  const stack = await startStack();
  const flooding = await limitedTenant(stack, 'hooli', LIMIT);
  const obeying = await anotherApiKey(stack, 'hooli');
  const hostile = {
    unlimited: await unlimitedTenant(stack, 'soylent'),
    standard: await standardTenant(stack, 'umbrella'),
  };
  await withoutSubscribers(stack, ['globex', 'hooli', 'soylent', 'umbrella']);
  const ingest: FunctionsInstance = await startFunctionsInstance(stack, 'node', {
    FUNCTIONS: 'ingest',
    NODE_OPTIONS: nodeOptionsFor(MEMORY_MIB.ingest),
  });
  const flooder = startFlooder();
  const attacker = startAttacker();
  const quietKey = stack.tenants['globex']?.apiKey ?? '';

  async function quiet(seconds: number): Promise<Quiet> {
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    const body = bodyOf(QUIET.eventsPerRequest);
    const latenciesMs: number[] = [];
    let refused = 0;
    await paced(QUIET.requestsPerSecond, seconds, async (dueAtMs) => {
      const answer = await post(ingest.url, quietKey, body, agent);
      if (answer?.status === 202) latenciesMs.push(performance.now() - dueAtMs);
      else refused++;
    });
    agent.destroy();
    return { latenciesMs, refused };
  }

  return {
    quiet,
    flood: (seconds) =>
      flooder.flood({
        targets: [{ url: ingest.url, weight: 100 }],
        apiKey: flooding,
        eventsPerRequest: FLOOD.eventsPerRequest,
        requestsPerSecond: FLOOD.eventsPerSecond / FLOOD.eventsPerRequest,
        seconds,
      }),
    attack: (plan, seconds, atLeast = 0) =>
      attacker.attack({ url: ingest.url, apiKey: hostile[plan], atATime: 3, seconds, atLeast }),
    pid: ingest.pid,
    obey: (signal) => obeyingClient(ingest.url, obeying, 20, signal),
    end: async () => {
      flooder.end();
      attacker.end();
      await ingest.end();
      await stack.stop();
    },
  };
}
