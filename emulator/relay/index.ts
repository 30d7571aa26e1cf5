import { setTimeout as delay } from 'node:timers/promises';
import { serveHttp } from '#emulator/process/http-server.ts';
import { createOidcSigner } from '#emulator/oidc/signer.ts';
import { connectPubSub } from '#emulator/pulumi/resources/pubsub-clients.ts';
import { createApp } from './app.ts';
import { Relay } from './relay.ts';

export interface RelayOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** The Pub/Sub server that is pulled from, `host:port`. */
  readonly pubsub: string;
  readonly projectId: string;
  /** Where BigQuery subscriptions write, as BIGQUERY_EMULATOR_HOST names it. */
  readonly bigqueryUrl: string;
  /** Multiplies the pauses that a failing push endpoint is given; retry policies are the Pub/Sub server's. */
  readonly backoffScale?: number;
  /** Is told what goes wrong. */
  readonly log?: (message: string) => void;
}

export interface RelayServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Everything ends within a second; what could not be answered for by then is delivered again by the Pub/Sub server. */
const CLOSE_TIMEOUT_MS = 700;

/**
 * Plays, beside a Pub/Sub server that can only be pulled (Google's emulator), what the service itself does: authenticated
 * push, BigQuery subscriptions, filters, message transforms. Each subscription is pulled and handed on, at least once.
 */
export async function startRelay(options: RelayOptions): Promise<RelayServer> {
  const { host = '127.0.0.1', port = 0, bigqueryUrl, backoffScale = 1, log = () => undefined } = options;
  const clients = connectPubSub(options.pubsub, options.projectId);
  const signer = createOidcSigner(Date.now);
  const relay = new Relay({ clients, signer, bigqueryUrl, backoffScale, log });
  const server = await serveHttp(createApp(relay, signer).fetch, { host, port });
  return {
    url: server.url,
    async close() {
      await server.close();
      await Promise.race([relay.close(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      await clients.close();
    },
  };
}
