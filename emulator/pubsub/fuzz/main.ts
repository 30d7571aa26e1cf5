import { parseArgs } from 'node:util';
import { startChildServer } from '#emulator/cloud/child-server.ts';
import { fuzz } from './fuzz.ts';

const USAGE = 'usage: npm run test:fuzz -- [--requests N] [--seed N] [--seconds N]';
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Nobody listens there. */
const BIGQUERY = 'http://localhost:9';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    seconds: { type: 'string', default: '120' },
  },
});
const [requests, seed, maxSeconds] = [values.requests, values.seed, values.seconds].map(Number);
if (!requests || seed === undefined || !Number.isInteger(seed) || !maxSeconds) throw new Error(USAGE);

process.stdout.write(`seed ${seed}\n`);
const exits: string[] = [];
const server = await startChildServer(
  new URL('../main.ts', import.meta.url),
  ['--port', '0', '--bigquery', BIGQUERY, '--max-held-bytes', String(MAX_HELD_BYTES)],
  { ...process.env, NODE_OPTIONS: '--max-old-space-size=512' },
  (reason) => exits.push(reason),
);
try {
  const startedAt = performance.now();
  const result = await fuzz({ address: server.address, requests, seed, maxSeconds });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${result.requests} requests in ${seconds} s\n`);
  for (const [answer, count] of [...result.answers].sort(([, a], [, b]) => b - a)) {
    process.stdout.write(`${String(count).padStart(8)}  ${answer}\n`);
  }
  for (const fault of [...result.faults, ...exits]) process.stdout.write(`FAULT  ${fault}\n`);
  if (result.requests < requests) process.stdout.write(`stopped before all ${requests} were sent\n`);
  if (result.faults.length > 0 || exits.length > 0 || result.requests < requests) process.exitCode = 1;
} finally {
  await server.close();
}
