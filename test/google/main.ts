import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { missingForGoogleEmulators, startGoogleEmulator } from '#emulator/cloud/google-emulator.ts';

/**
 * The end-to-end suite once more, against Google's own Pub/Sub and Firestore emulators instead of ours. Skipped, with the
 * reason, where gcloud or Java are not installed.
 */
async function main(): Promise<number> {
  const reason = missingForGoogleEmulators();
  if (reason !== undefined) {
    process.stdout.write(`skipped: the suite against Google's emulators: ${reason}\n`);
    return 0;
  }
  // What has been started ends with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const pubsub = await startGoogleEmulator('pubsub');
  const firestore = await startGoogleEmulator('firestore');
  process.stdout.write(`Google's emulators: Pub/Sub ${pubsub.host}, Firestore ${firestore.host}\n`);
  // One file at a time: all stacks share these two.
  const suite = spawn('vitest', ['run', '--project', 'e2e', '--no-file-parallelism', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, PUBSUB_EMULATOR_HOST: pubsub.host, FIRESTORE_EMULATOR_HOST: firestore.host },
  });
  process.once('exit', () => suite.kill());
  const [code] = await once(suite, 'exit');
  await Promise.all([pubsub.close(), firestore.close()]);
  return Number(code ?? 1);
}

process.exitCode = await main();
