import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** Linux counts in ticks of 10 ms for its users, whatever its kernel was built with. */
const TICK_MICROS = 10_000;

/** CPU time, user and system, that process `pid` has taken since it began; undefined where the system does not tell. */
export async function cpuMicros(pid: number): Promise<number | undefined> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** CPU time that the whole machine has taken since it began: all cores, all processes. */
export function machineCpuMicros(): number {
  const busyMs = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return busyMs.reduce((total, ms) => total + ms, 0) * 1000;
}

/**
 * `utime` and `stime` of a `/proc/{pid}/stat` line, in microseconds.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function parseStat(stat: string): number | undefined {
  // The second field is the command's name in parentheses, which may itself have blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isNaN(ticks) ? undefined : ticks * TICK_MICROS;
}

/** The first of `pids` whose command line has an argument that ends in `suffix`. */
export async function findProcess(pids: readonly number[], suffix: string): Promise<number | undefined> {
  for (const pid of pids) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.split('\0').some((argument) => argument.endsWith(suffix))) return pid;
  }
  return undefined;
}
