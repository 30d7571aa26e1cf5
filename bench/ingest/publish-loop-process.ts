import { PubSub } from '@google-cloud/pubsub';
import { z } from 'zod';
import type { Load } from '../measurement/measurement.ts';
import { BATCHING } from './batching.ts';

const Message = z.object({
  data: z.instanceof(Uint8Array<ArrayBufferLike>),
  attributes: z.record(z.string(), z.string()).optional(),
});

/** One phase: keep `callsInFlight` calls going for `seconds`, each of which publishes all `messages`. */
export const PublishLoopOrder = z.object({
  messages: z.array(Message),
  callsInFlight: z.int().positive(),
  seconds: z.number().positive(),
});
export type PublishLoopOrder = z.infer<typeof PublishLoopOrder>;

const topic = new PubSub({ projectId: process.env['GOOGLE_CLOUD_PROJECT'] ?? '' }).topic(process.env['TOPIC'] ?? '', {
  batching: BATCHING,
});

async function publishFor({ messages, callsInFlight, seconds }: PublishLoopOrder): Promise<Load> {
  const prepared = messages.map(({ data, attributes }) => ({
    data: Buffer.from(data),
    ...(attributes && { attributes }),
  }));
  const latenciesMs: number[] = [];
  let errors = 0;
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1000;
  const loop = async (): Promise<void> => {
    for (let sentAt = startedAt; sentAt < deadline; sentAt = performance.now()) {
      try {
        await Promise.all(prepared.map((message) => topic.publishMessage(message)));
        latenciesMs.push(performance.now() - sentAt);
      } catch {
        errors++;
      }
    }
  };
  await Promise.all(Array.from({ length: callsInFlight }, loop));
  return {
    requests: latenciesMs.length,
    events: latenciesMs.length * messages.length,
    errors,
    durationMs: performance.now() - startedAt,
    latenciesMs,
  };
}

process.on('message', (order) => {
  void publishFor(PublishLoopOrder.parse(order)).then((load) => process.send?.(load));
});
process.on('disconnect', () => process.exit());
process.send?.({});
