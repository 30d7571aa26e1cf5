import { z } from 'zod';
import type { StreamMessage } from '#shared/events/messages.ts';
import { startChild } from '../process/child.ts';
import type { Contender } from './contender.ts';
import type { PublishLoopOrder } from './publish-loop-process.ts';

/** Messages not yet acknowledged: enough for full batches with several of them on the way, whatever the calls' size. */
const MESSAGES_IN_FLIGHT = 5_000;
const OVERTIME_MS = 60_000;

const LoadAnswer = z.object({
  requests: z.number(),
  events: z.number(),
  errors: z.number(),
  durationMs: z.number(),
  latenciesMs: z.array(z.number()),
});

/**
 * The most that `topic.publishMessage` gives: messages that are made beforehand, in batches of 1,000, 5,000 in flight,
 * with nothing else in the process. A call publishes as many messages as a request carries events.
 *
 * @param withAttributes whether messages carry the attributes that Headgate's carry, or nothing but their data.
 */
export async function startPublishLoop(
  env: NodeJS.ProcessEnv,
  messages: (count: number) => readonly StreamMessage[],
  withAttributes: boolean,
): Promise<Contender & { close(): Promise<void> }> {
  const child = await startChild(new URL('./publish-loop-process.ts', import.meta.url), env);
  return {
    name: withAttributes ? 'publish loop, with attributes' : 'publish loop, bare',
    pid: child.pid,
    measure: async (eventsPerRequest, seconds) => {
      const order: PublishLoopOrder = {
        messages: messages(eventsPerRequest).map(({ data, attributes }) =>
          withAttributes ? { data, attributes } : { data },
        ),
        callsInFlight: MESSAGES_IN_FLIGHT / eventsPerRequest,
        seconds,
      };
      return LoadAnswer.parse(await child.ask(order, seconds * 1000 + OVERTIME_MS));
    },
    close: () => child.close(),
  };
}
