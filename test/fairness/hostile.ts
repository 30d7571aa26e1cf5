import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Hostile bodies one after another, whatever is answered. */
export interface HostileOrder {
  readonly url: string;
  readonly apiKey: string;
  readonly atATime: number;
  readonly seconds: number;
  /** So many are sent, however long it takes. */
  readonly atLeast: number;
}

export interface HostileResult {
  readonly sent: number;
  /** By name of the body, how many were answered how: a status, or the error of the connection. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Attacks from a process of its own, so that it costs those who measure nothing but the CPU. */
export interface Attacker {
  attack(order: HostileOrder): Promise<HostileResult>;
  end(): void;
}

export function startAttacker(): Attacker {
  const child = fork(new URL('./hostile-process.ts', import.meta.url));
  return {
    attack: async (order) => {
      child.send(order);
      const [result] = await once(child, 'message');
      return result as HostileResult;
    },
    end: () => void child.kill(),
  };
}

/** All answers together, by status or error. */
export function tallyOf({ answers }: HostileResult): Record<string, number> {
  const tally: Record<string, number> = {};
  for (const ofBody of Object.values(answers)) {
    for (const [answer, count] of Object.entries(ofBody)) tally[answer] = (tally[answer] ?? 0) + count;
  }
  return tally;
}
