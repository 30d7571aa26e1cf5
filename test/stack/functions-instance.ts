import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { type FunctionsHost, programOf } from '#emulator/cloud/functions-host.ts';
import type { Stack } from '#emulator/cloud/stack-file.ts';

/** The functions in a process of a test's own, beside those of the stack, on the same Pub/Sub and Firestore. */
export interface FunctionsInstance {
  readonly url: string;
  readonly pid: number;
  /** How much it has logged until now. */
  readonly outputBytes: () => number;
  /** Sends SIGTERM and waits for the end, which nobody hurries. */
  end(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

const READY_TIMEOUT_MS = 20_000;
const Ready = z.object({ ready: z.object({ url: z.url() }) });

/**
 * @param bundle the directory of `npm run build`; undefined runs the sources.
 * @throws {Error} where it ends or stays silent instead of listening.
 */
export async function startFunctionsInstance(
  stack: Stack,
  host: FunctionsHost,
  env: NodeJS.ProcessEnv = {},
  bundle?: string,
): Promise<FunctionsInstance> {
  const { args, env: hostEnv } = programOf(host, bundle);
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_CLOUD_PROJECT: stack.project,
      PUBSUB_EMULATOR_HOST: stack.pubsub,
      FIRESTORE_EMULATOR_HOST: stack.firestore,
      PUSH_AUDIENCE: stack.api,
      OIDC_JWKS_URL: `http://${stack.pubsub}/oauth2/v3/certs`,
      LOG_LEVEL: 'warn',
      PORT: '0',
      ...hostEnv,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let outputBytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => (outputBytes += chunk.length));
  const ended = once(child, 'exit');
  const message = once(child, 'message', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
  const [first] = await Promise.race([
    message,
    ended.then(([code]) => Promise.reject(new Error(`the functions ended (${code}) before they listened`))),
  ]);
  const { url } = Ready.parse(first).ready;
  return {
    url,
    pid: child.pid ?? 0,
    outputBytes: () => outputBytes,
    end: async () => {
      const startedAt = performance.now();
      child.kill('SIGTERM');
      await ended;
      return { code: child.exitCode, tookMs: performance.now() - startedAt };
    },
  };
}
