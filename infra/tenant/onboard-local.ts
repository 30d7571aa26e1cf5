import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Onboarding } from './cli-arguments.ts';
import type { Onboarded } from '#shared/onboarding/first-request.ts';

const Control = z.object({ url: z.url() });

/** A line of the running stack's answer. */
const Progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resource'), urn: z.string(), operation: z.string() }),
  z.object({ type: z.literal('done'), endpoint: z.url(), apiKey: z.string() }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);

const DEADLINE_MS = 60_000;

/**
 * Has the local cloud that runs make the tenant.
 *
 * @param directory where that cloud says how to reach it
 * @param report a line for each resource
 * @throws where none runs, and what it answers when it cannot
 */
export async function onboardLocally(
  { tenantId, settings }: Onboarding,
  directory: string,
  report: (line: string) => void,
): Promise<Onboarded> {
  const { url } = await readControl(directory);
  let response: Response;
  try {
    response = await fetch(`${url}/tenants`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: tenantId, settings }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
  } catch (error) {
    throw new Error(`the local cloud does not answer at ${url}: start it with "npm start"`, { cause: error });
  }
  if (!response.ok || response.body === null) {
    throw new Error(`the local cloud answered ${response.status}: ${await response.text()}`);
  }
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
    const progress = Progress.parse(JSON.parse(line));
    if (progress.type === 'done') return progress;
    if (progress.type === 'error') throw new Error(progress.message);
    report(`${progress.operation.padEnd(6)} ${progress.urn.slice(progress.urn.lastIndexOf('$') + 1)}`);
  }
  throw new Error('the local cloud ended before it was done');
}

async function readControl(directory: string): Promise<z.infer<typeof Control>> {
  const path = join(directory, 'control.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`no local cloud runs here (there is no ${path}): start it with "npm start"`, { cause: error });
  }
  return Control.parse(JSON.parse(text));
}
