import { startChildServer } from '#emulator/cloud/child-server.ts';
import { startGoogleEmulator } from '#emulator/cloud/google-emulator.ts';

/** A server that rows run against. */
export interface Target {
  readonly name: string;
  /** `host:port` */
  readonly host: string;
  /** The BigQuery that it writes to. */
  readonly bigqueryUrl: string | undefined;
  close(): Promise<void>;
}

const PUBSUB = new URL('../main.ts', import.meta.url);
const BIGQUERY = new URL('../../bigquery/main.ts', import.meta.url);

/** Our server in a process of its own, with our BigQuery beside it where rows need one. */
export async function startOurs(needsBigQuery: boolean, onExit: (reason: string) => void): Promise<Target> {
  const bigquery = needsBigQuery
    ? await startChildServer(BIGQUERY, ['--port', '0'], process.env, onExit)
    : { address: undefined, close: () => Promise.resolve() };
  try {
    const bigqueryArgs = bigquery.address === undefined ? [] : ['--bigquery', bigquery.address];
    const pubsub = await startChildServer(PUBSUB, ['--port', '0', ...bigqueryArgs], process.env, onExit);
    return {
      name: 'ours',
      host: pubsub.address,
      bigqueryUrl: bigquery.address,
      async close() {
        await Promise.all([pubsub.close(), bigquery.close()]);
      },
    };
  } catch (error) {
    await bigquery.close();
    throw error;
  }
}

/** Google's own emulator, through gcloud. It writes to no BigQuery. @throws Error where it cannot be started */
export async function startGoogles(): Promise<Target> {
  const emulator = await startGoogleEmulator('pubsub');
  return { name: "Google's emulator", host: emulator.host, bigqueryUrl: undefined, close: () => emulator.close() };
}

/** A server that is running already, and goes on after the rows. */
export const running = (host: string, bigqueryUrl: string | undefined): Target => ({
  name: host,
  host,
  bigqueryUrl,
  close: () => Promise.resolve(),
});
