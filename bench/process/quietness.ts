import { ratio, sum } from '../measurement/measurement.ts';
import { cpuMicros, machineCpuMicros } from './cpu-time.ts';

/**
 * Begins to count, and returns what ends it: how many cores were busy with anything but the processes `pids`, on average.
 * That is undefined where the CPU time of one of them is not known.
 */
export async function coresTakenByOthers(
  pids: readonly (number | undefined)[],
): Promise<() => Promise<number | undefined>> {
  const read = async (): Promise<number> => {
    const micros = await Promise.all(pids.map(async (pid) => (pid === undefined ? undefined : cpuMicros(pid))));
    return machineCpuMicros() - sum(micros, (one) => one ?? Number.NaN);
  };
  const startedAt = performance.now();
  const before = await read();
  return async () => {
    const cores = ratio((await read()) - before, (performance.now() - startedAt) * 1000);
    return cores === undefined || Number.isNaN(cores) ? undefined : Math.max(0, cores);
  };
}
