import { readOptions } from './cloud/options.ts';
import { startCloud } from './cloud/start-cloud.ts';
import type { Cloud } from './cloud/start-cloud.ts';
import { summary } from './cloud/summary.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

let cloud: Cloud | undefined;
let stopping = false;

/** Ends everything. Before all is up, and at a second signal, at once: the children see that their parent is gone. */
async function stop(exitCode: number): Promise<void> {
  if (stopping || cloud === undefined) process.exit(exitCode);
  stopping = true;
  await cloud.close().catch(() => undefined);
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

try {
  const options = readOptions(process.argv.slice(2), process.env);
  cloud = await startCloud(options, print, (reason) => {
    print(reason);
    void stop(1);
  });
  print(summary(cloud.stack, cloud.unplaced, options, process.uptime() * 1000));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
