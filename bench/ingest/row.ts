import type { CpuMicros, Load, Summary } from '../measurement/measurement.ts';
import { ratio, summarise, sum } from '../measurement/measurement.ts';

/** The processes that share the machine: the contender, the Pub/Sub server, and this one, which makes the load. */
export const PROCESSES = ['contender', 'pubsub', 'load'] as const;
export type Process = (typeof PROCESSES)[number];

/** One phase, and what it cost. */
export interface Phase {
  readonly load: Load;
  readonly cpuMicros: CpuMicros<Process>;
  /** CPU time of all processes of the machine. */
  readonly machineMicros: number;
}

/** One line of the result: all phases of one contender at one size. */
export interface Row extends Summary {
  readonly name: string;
  readonly eventsPerRequest: number;
  /** CPU time for each event, by process. */
  readonly cpuMicrosPerEvent: CpuMicros<Process>;
  /** How much of one core the load generator took, 0 to 1: near 1, it was the bottleneck. */
  readonly loadGeneratorShare: number;
  /** How many cores were busy with what is not part of this, on average; undefined where CPU times are not known. */
  readonly coresTakenByOthers: number | undefined;
  /** Events per second against the bare publish loop's with as many events a call; undefined where the rate was given. */
  readonly ratioToPublishLoop: number | undefined;
}

/** @param publishLoopEventsPerSecond of the bare loop with as many events a call. */
export function makeRow(
  name: string,
  eventsPerRequest: number,
  phases: readonly Phase[],
  publishLoopEventsPerSecond: number | undefined,
): Row {
  const summary = summarise(phases.map((phase) => phase.load));
  const events = sum(phases, (phase) => phase.load.events);
  const cpu = (process: Process): number | undefined => {
    if (phases.some((phase) => phase.cpuMicros[process] === undefined)) return undefined;
    return sum(phases, (phase) => phase.cpuMicros[process] ?? 0);
  };
  const perEvent = PROCESSES.flatMap((process) => {
    const micros = ratio(cpu(process), events);
    return micros === undefined ? [] : [[process, micros] as const];
  });
  const durationMicros = sum(phases, (phase) => phase.load.durationMs) * 1000;
  return {
    name,
    eventsPerRequest,
    ...summary,
    cpuMicrosPerEvent: Object.fromEntries(perEvent),
    loadGeneratorShare: ratio(cpu('load'), durationMicros) ?? 0,
    coresTakenByOthers: others(phases, PROCESSES.map(cpu), durationMicros),
    ratioToPublishLoop: ratio(summary.eventsPerSecond, publishLoopEventsPerSecond),
  };
}

function others(
  phases: readonly Phase[],
  ours: readonly (number | undefined)[],
  durationMicros: number,
): number | undefined {
  if (ours.includes(undefined)) return undefined;
  const machine = sum(phases, (phase) => phase.machineMicros);
  return ratio(Math.max(0, machine - sum(ours, (micros) => micros ?? 0)), durationMicros);
}
