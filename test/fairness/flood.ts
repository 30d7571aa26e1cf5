import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer } from './post.ts';

/** Requests that come whatever they are answered. */
export interface FloodOrder {
  /** Base addresses, with how many of a hundred requests each gets. */
  readonly targets: readonly { readonly url: string; readonly weight: number }[];
  readonly apiKey: string;
  readonly eventsPerRequest: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
}

/** What became of a flood. */
export interface FloodResult {
  /** Events that were accepted in each second, by when they were sent. */
  readonly acceptedPerSecond: readonly number[];
  /** Answers by status; `0` are those that never came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Some of those that were refused. */
  readonly refusals: readonly Answer[];
}

/** Floods from a process of its own, so that it costs those who measure nothing but the CPU. */
export interface Flooder {
  flood(order: FloodOrder): Promise<FloodResult>;
  end(): void;
}

export function startFlooder(): Flooder {
  const child = fork(new URL('./flood-process.ts', import.meta.url));
  return {
    flood: async (order) => {
      child.send(order);
      const [result] = await once(child, 'message');
      return result as FloodResult;
    },
    end: () => void child.kill(),
  };
}
