import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** Linux counts in ticks of 10 ms for its users, whatever its kernel was built with. */
const TICK_MICROS = 10_000;

const SERVES = 'FUNCTIONS=';

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

/**
 * The first of `pids` whose command line has an argument that ends in `suffix`.
 *
 * @param isIt of several such: what their environment says in `FUNCTIONS`.
 */
export async function findProcess(
  pids: readonly number[],
  suffix: string,
  isIt: (serves: string | undefined) => boolean = () => true,
): Promise<number | undefined> {
  for (const pid of pids) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!commandLine.split('\0').some((argument) => argument.endsWith(suffix))) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const serves = environment.split('\0').find((variable) => variable.startsWith(SERVES));
    if (isIt(serves?.slice(SERVES.length))) return pid;
  }
  return undefined;
}
