import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { endProcess } from '#emulator/cloud/child-server.ts';
import type { HttpTarget } from '../ingest/http-target.ts';
import { cpuMicros } from '../process/cpu-time.ts';

/** What is started, and what it is asked first. */
export interface Program {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Its URL without origin: the port is its own. */
  readonly path: string;
  readonly headers: HttpTarget['headers'];
}

/** One start, in milliseconds from the moment at which the process was asked for. */
export interface Start {
  /** Node runs the first line that is not its own. */
  readonly bootedMs: number;
  readonly listeningMs: number;
  /** The first answer is there, and is 202. */
  readonly firstAnswerMs: number;
  /** CPU time of the process until then: what a busy machine does not change. */
  readonly cpuMs: number;
}

const MARKS = fileURLToPath(new URL('./marks.cjs', import.meta.url));
const TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** Of the machine's clock, so that processes agree. */
const now = (): number => performance.timeOrigin + performance.now();

const Marks = z.object({
  marks: z.object({ bootedAtMs: z.number(), listeningAtMs: z.number(), port: z.number() }),
});

/**
 * Starts `program`, posts `body` to it as soon as it listens, and ends it.
 *
 * @throws {Error} where it does not listen, or its first answer is not 202.
 */
export async function startOnce(program: Program, body: string): Promise<Start> {
  const startedAtMs = now();
  const child = spawn(process.execPath, ['--require', MARKS, ...program.args], {
    env: { ...program.env, PORT: '0' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const { port, bootedAtMs, listeningAtMs } = await marksOf(child, program.name);
    await post(port, program, body);
    const firstAnswerMs = now() - startedAtMs;
    const cpu = (await cpuMicros(child.pid ?? 0)) ?? Number.NaN;
    return {
      bootedMs: bootedAtMs - startedAtMs,
      listeningMs: listeningAtMs - startedAtMs,
      firstAnswerMs,
      cpuMs: cpu / 1000,
    };
  } finally {
    await endProcess(child, CLOSE_TIMEOUT_MS);
  }
}

/** The functions send a message of their own as well. */
async function marksOf(child: ReturnType<typeof spawn>, name: string): Promise<z.infer<typeof Marks>['marks']> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${name} ended (${code}) before it listened`);
  });
  ended.catch(() => undefined);
  for (;;) {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    const marks = Marks.safeParse(message);
    if (marks.success) return marks.data.marks;
  }
}

function post(port: number, { name, path, headers }: Program, body: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call = request({ host: '127.0.0.1', port, path, method: 'POST', headers, timeout: TIMEOUT_MS }, (answer) => {
    answer.resume();
    answer.once('end', () =>
      answer.statusCode === 202 ? resolve() : reject(new Error(`${name} answered ${answer.statusCode}`)),
    );
  });
  call.once('timeout', () => call.destroy(new Error(`${name} did not answer`))).once('error', reject);
  call.end(body);
  return promise;
}
