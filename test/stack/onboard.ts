import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Control = z.object({ url: z.url() });
const LastLine = z.union([
  z.object({ type: z.literal('done'), apiKey: z.string() }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);

const DEADLINE_MS = 60_000;

/** Where the running stack of `directory` takes orders. */
export async function controlUrlOf(directory: string): Promise<string> {
  return Control.parse(JSON.parse(await readFile(join(directory, 'control.json'), 'utf8'))).url;
}

/**
 * Makes a tenant, or changes it.
 *
 * @returns its API key.
 * @throws {Error} saying which setting is wrong.
 */
export async function onboard(
  controlUrl: string,
  tenant: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<string> {
  const response = await fetch(`${controlUrl}/tenants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant, settings }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const lines = (await response.text()).trim().split('\n');
  if (!response.ok) throw new Error(`${response.status}: ${lines[0]}`);
  const last = LastLine.parse(JSON.parse(lines.at(-1) ?? ''));
  if (last.type === 'error') throw new Error(last.message);
  return last.apiKey;
}
