import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compileCacheOf, NODE_ARGUMENTS } from './program.ts';

const TIMEOUT_MS = 30_000;

/** Where nobody listens: what is compiled on the way to the first answer is what counts, and not the answer. */
const NOWHERE = '127.0.0.1:1';

/**
 * Runs the bundle in `directory` once, so that what Node has compiled of it lies beside it. It is good for this very Node,
 * and for the bundle where it is now: another one compiles anew, and says nothing.
 *
 * @throws where the bundle does not run.
 */
export async function warm(directory: string): Promise<void> {
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, join(directory, 'main.js')], {
    env: {
      NODE_COMPILE_CACHE: compileCacheOf(directory),
      NODE_ENV: 'production',
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_CLOUD_PROJECT: 'headgate-build',
      PUSH_AUDIENCE: 'https://push.example',
      PUBSUB_EMULATOR_HOST: NOWHERE,
      FIRESTORE_EMULATOR_HOST: NOWHERE,
      LOG_LEVEL: 'silent',
      PORT: '0',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ended = once(child, 'exit', { signal });
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal }),
      ended.then(([code]) => Promise.reject(new Error(`the bundle ended (${code}) before it listened`))),
    ]);
    await ask((message as { readonly ready: { readonly url: string } }).ready.url, signal);
    child.kill('SIGTERM');
    const [code] = await ended;
    if (code !== 0) throw new Error(`the bundle ended with ${code}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** An event with a key that has to be looked for, in a Firestore that is not there. */
async function ask(url: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer hg_acme_${'a'.repeat(43)}` },
    body: '{}',
    signal,
  });
  await answer.text();
}
