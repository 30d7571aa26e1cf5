import { readFile } from 'node:fs/promises';

/** Memory that process `pid` holds now, as the system counts it; undefined where the system does not tell. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    return parseStatus(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * `VmRSS` of a `/proc/{pid}/status` file, in bytes.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function parseStatus(status: string): number | undefined {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
