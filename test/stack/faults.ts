import type { Stack } from '#emulator/cloud/stack-file.ts';

/** Whether the stacks' Pub/Sub server is ours, which can be made to fail: Google's emulator cannot, and those tests are skipped. */
export const CAN_FAIL = process.env['PUBSUB_EMULATOR_HOST'] === undefined;

/** A rule of the Pub/Sub server's, which the stack was started with `--faults` for. `rule` undefined takes it back. */
export async function setFault(stack: Stack, id: string, rule: object | undefined): Promise<void> {
  const response = await fetch(`http://${stack.pubsub}/faults/${id}`, {
    method: rule === undefined ? 'DELETE' : 'PUT',
    ...(rule && { body: JSON.stringify(rule) }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

/** How often each of the rules was applied. */
export async function faultsApplied(stack: Stack): Promise<Readonly<Record<string, number>>> {
  const response = await fetch(`http://${stack.pubsub}/faults`, { signal: AbortSignal.timeout(5_000) });
  const body = (await response.json()) as { faults: { id: string; applied: number }[] };
  return Object.fromEntries(body.faults.map(({ id, applied }) => [id, applied]));
}

/** Takes all of them back. */
export async function clearFaults(stack: Stack): Promise<void> {
  await fetch(`http://${stack.pubsub}/faults`, { method: 'DELETE', signal: AbortSignal.timeout(5_000) });
}
