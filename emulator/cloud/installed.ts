import { spawnSync } from 'node:child_process';

/** Whether `command` is on this machine's PATH. */
export function isInstalled(command: string): boolean {
  return spawnSync('which', [command], { stdio: 'ignore' }).status === 0;
}
