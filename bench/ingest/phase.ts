import type { Load } from '../measurement/measurement.ts';
import { cpuMicros, machineCpuMicros } from '../process/cpu-time.ts';
import { PROCESSES } from './row.ts';
import type { Phase, Process } from './row.ts';

/** Runs one phase, and reads before and after it what CPU time the processes and the machine have taken. */
export async function measurePhase(
  pids: Readonly<Record<Process, number | undefined>>,
  run: () => Promise<Load>,
): Promise<Phase> {
  const read = (): Promise<(number | undefined)[]> =>
    Promise.all(PROCESSES.map(async (process) => (pids[process] === undefined ? undefined : cpuMicros(pids[process]))));
  const machineBefore = machineCpuMicros();
  const before = await read();
  const load = await run();
  const after = await read();
  const machineMicros = machineCpuMicros() - machineBefore;
  const spent = PROCESSES.flatMap((process, index) => {
    const [from, to] = [before[index], after[index]];
    return from === undefined || to === undefined ? [] : [[process, to - from] as const];
  });
  return { load, cpuMicros: Object.fromEntries(spent), machineMicros };
}
