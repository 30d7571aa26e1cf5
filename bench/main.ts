import { parseArgs } from 'node:util';
import type { Bench, BenchOptions } from './bench.ts';

// Google's libraries would look for one on this machine's network, and warn that there is none.
process.env['METADATA_SERVER_DETECTION'] ??= 'none';

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  cost: async () => (await import('./cost/index.ts')).benchCost,
  ingest: async () => (await import('./ingest/index.ts')).benchIngest,
  fairness: async () => (await import('./fairness/index.ts')).benchFairness,
  instances: async () => (await import('./instances/index.ts')).benchInstances,
  hostile: async () => (await import('./fairness/index.ts')).benchHostile,
  start: async () => (await import('./start/index.ts')).benchStart,
  decide: async () => (await import('./decide/index.ts')).benchDecide,
  pubsub: async () => (await import('./pubsub/index.ts')).benchPubSub,
};

const USAGE = `usage: npm run bench -- <name> [--json] [--seconds N]
names: ${Object.keys(BENCHES).join(', ')}`;

try {
  const { name, ...options } = readArguments(process.argv.slice(2));
  const bench = await BENCHES[name]?.();
  if (bench === undefined) throw new Error(`no benchmark "${name}"\n${USAGE}`);
  await bench(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function readArguments(argv: string[]): BenchOptions & { readonly name: string } {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { json: { type: 'boolean', default: false }, seconds: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error(USAGE);
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds > 0)) throw new Error('--seconds: not a positive number');
  return { name, json: values.json, seconds };
}
