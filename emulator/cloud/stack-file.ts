import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** `stack.json`: where the local cloud listens, and each tenant's API key. The keys are random and local. */
export const Stack = z.object({
  project: z.string(),
  /** Base URL of the HTTP API. */
  api: z.url(),
  /** `host:port`, for `PUBSUB_EMULATOR_HOST`. */
  pubsub: z.string(),
  /** `host:port`, for `FIRESTORE_EMULATOR_HOST`. */
  firestore: z.string(),
  /** URL, for `BIGQUERY_EMULATOR_HOST`. */
  bigquery: z.url(),
  /** `adminKey` is a key with the scope `admin`, where the tenant has one. */
  tenants: z.record(z.string(), z.object({ apiKey: z.string(), adminKey: z.string().optional() })),
});
export type Stack = z.infer<typeof Stack>;

/** `control.json`: where the running stack takes orders, and which processes it is made of. */
export interface Control {
  readonly url: string;
  readonly pid: number;
}

/** Writes `stack.json` whole: a reader never sees half of it. */
export async function writeStack(directory: string, stack: Stack): Promise<void> {
  await writeWhole(join(directory, 'stack.json'), stack);
}

/** Writes `control.json` whole. */
export async function writeControl(directory: string, control: Control): Promise<void> {
  await writeWhole(join(directory, 'control.json'), control);
}

/** Removes both files: a stopped stack leaves nothing that says it runs. */
export async function removeStackFiles(directory: string): Promise<void> {
  await Promise.all(['stack.json', 'control.json'].map((name) => rm(join(directory, name), { force: true })));
}

/**
 * Reads `stack.json`.
 *
 * @throws {Error} that says how to start a stack, where none runs.
 */
export async function readStack(directory: string): Promise<Stack> {
  const path = join(directory, 'stack.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new Error(`${path} is not there: start the local cloud with "npm start"`);
  }
  return Stack.parse(JSON.parse(text));
}

async function writeWhole(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}
