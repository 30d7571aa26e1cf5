import { z } from 'zod';
import { startChild } from '../process/child.ts';

export interface PushEndpoint {
  readonly url: string;
  readonly pid: number;
  /** Counts from nothing again. */
  reset(): Promise<void>;
  /** What has come since, and how long it was between the first and the last of it. */
  deliveries(): Promise<{ readonly count: number; readonly durationMs: number }>;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 5_000;

const Greeting = z.object({ url: z.url() });
const Deliveries = z.object({ count: z.number(), durationMs: z.number() });

/** An endpoint in a process of its own that takes every push at once. */
export async function startPushEndpoint(): Promise<PushEndpoint> {
  const child = await startChild(new URL('./push-endpoint-process.ts', import.meta.url), process.env);
  return {
    pid: child.pid,
    url: Greeting.parse(child.greeting).url,
    reset: async () => void (await child.ask({ reset: true }, ANSWER_TIMEOUT_MS)),
    deliveries: async () => Deliveries.parse(await child.ask({ reset: false }, ANSWER_TIMEOUT_MS)),
    close: () => child.close(),
  };
}
