/** Whether a process with this id exists, one that has ended and is not yet waited for included. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
