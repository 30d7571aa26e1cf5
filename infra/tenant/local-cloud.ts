import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantStack } from './tenant-stack.ts';

const Control = z.object({ url: z.url() });

const Tenant = z.object({ settings: z.object({ apiKeys: z.unknown().optional() }) });

/** A line of the running stack's answer. */
const Progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resource'), urn: z.string(), operation: z.string() }),
  z.object({
    type: z.literal('done'),
    endpoint: z.url(),
    apiKey: z.string(),
    apiKeys: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);

const DEADLINE_MS = 60_000;

/**
 * A tenant's stack on the local cloud that runs.
 *
 * @param directory where that cloud says how to reach it
 * @param report a line for each resource
 * @throws where none runs
 */
export async function openLocalStack(
  tenantId: TenantId,
  directory: string,
  report: (line: string) => void,
): Promise<TenantStack> {
  const { url } = await readControl(directory);
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
    } catch (error) {
      throw new Error(`the local cloud does not answer at ${url}: start it with "npm start"`, { cause: error });
    }
    if (response.ok) return response;
    throw new Error(`the local cloud answered ${response.status}: ${await response.text()}`);
  };
  return {
    async apiKeys() {
      const response = await call(`/tenants/${tenantId}`);
      const { apiKeys } = Tenant.parse(await response.json()).settings;
      return typeof apiKeys === 'string' ? (JSON.parse(apiKeys) as unknown) : apiKeys;
    },
    async apply(settings) {
      const { body } = await call('/tenants', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tenant: tenantId, settings }),
      });
      for await (const line of createInterface({ input: Readable.fromWeb(body ?? new ReadableStream()) })) {
        const progress = Progress.parse(JSON.parse(line));
        if (progress.type === 'done') return progress;
        if (progress.type === 'error') throw new Error(progress.message);
        report(`${progress.operation.padEnd(6)} ${progress.urn.slice(progress.urn.lastIndexOf('$') + 1)}`);
      }
      throw new Error('the local cloud ended before it was done');
    },
  };
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
