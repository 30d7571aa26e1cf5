import { enableCompileCache } from 'node:module';
import { readOptions } from './cloud/options.ts';
import { startCloud } from './cloud/start-cloud.ts';
import type { Cloud } from './cloud/start-cloud.ts';
import { summary } from './cloud/summary.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A Ctrl-C arrives twice under npm: from the terminal, and forwarded by npm. Only a later one means impatience. */
const SAME_SIGNAL_MS = 500;

let cloud: Cloud | undefined;
let stoppingSince: number | undefined;

/** Ends everything. Before all is up, and at a second signal, at once: the children see that their parent is gone. */
async function stop(exitCode: number): Promise<void> {
  if (stoppingSince !== undefined) {
    if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(exitCode);
    return;
  }
  stoppingSince = performance.now();
  await cloud?.close().catch(() => undefined);
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

// Half of a start is compiling: the next one, and the processes that this one starts, find it done.
const { directory: compileCache } = enableCompileCache();
if (compileCache !== undefined) process.env['NODE_COMPILE_CACHE'] = compileCache;

try {
  const options = readOptions(process.argv.slice(2), process.env);
  cloud = await startCloud(options, print, (reason) => {
    print(reason);
    void stop(1);
  });
  print(summary(cloud.stack, cloud.unplaced, options, process.uptime() * 1000, new Date()));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
