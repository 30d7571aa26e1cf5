import { type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { GoogleAuth } from 'google-auth-library';

/** A connection to Pub/Sub, made at its first use, and what each call over it has to carry. */
export interface PubSubChannel {
  readonly client: Client;
  /**
   * The `authorization` header; undefined where none is asked for. Looked for anew after it failed, and kept while it is valid.
   * @throws what the search for credentials ended with.
   */
  readonly authorization: () => Promise<string | undefined>;
}

const SERVICE = 'pubsub.googleapis.com:443';
const SCOPE = 'https://www.googleapis.com/auth/pubsub';

const OPTIONS: ChannelOptions = {
  // Without an upper bound near this, a connection that was down for long would be tried again only after two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // As Google's client has them: a connection that died without a word is found out.
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

/**
 * Connects to Pub/Sub with this machine's credentials, or to an emulator without any.
 *
 * The generated client of `@google-cloud/pubsub` is not used: to load it, and to have it understand all of Pub/Sub's and
 * IAM's messages, takes longer than all else before the first request, for one call that is encoded here anyway.
 *
 * @param emulator `host:port`
 */
export function connectToPubSub(emulator = process.env['PUBSUB_EMULATOR_HOST']): PubSubChannel {
  if (emulator !== undefined && emulator !== '') {
    const client = new Client(emulator, credentials.createInsecure(), OPTIONS);
    return { client, authorization: () => Promise.resolve(undefined) };
  }
  const auth = new GoogleAuth({ scopes: [SCOPE] });
  return {
    client: new Client(SERVICE, credentials.createSsl(), OPTIONS),
    authorization: async () => (await auth.getRequestHeaders()).get('authorization') ?? undefined,
  };
}
