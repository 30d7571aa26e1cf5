import { readFile, writeFile } from 'node:fs/promises';

/**
 * The most memory that process `pid` held while `act` ran, in bytes; undefined where the system does not tell (it is Linux
 * that does).
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
 */
export async function peakResidentBytes(pid: number, act: () => Promise<void>): Promise<number | undefined> {
  const canReset = await writeFile(`/proc/${pid}/clear_refs`, '5').then(
    () => true,
    () => false,
  );
  await act();
  if (!canReset) return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
