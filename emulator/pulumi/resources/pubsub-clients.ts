import { credentials } from '@grpc/grpc-js';
import { v1 } from '@google-cloud/pubsub';
import { PassThroughClient } from 'google-auth-library';

/** Google's own clients, pointed at a local server. */
export interface PubSubClients {
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  close(): Promise<void>;
}

/** For each call; without it the clients retry an unreachable server for ten minutes. */
export const CALL_OPTIONS = { timeout: 5_000 } as const;

/** @param address `host:port` */
export function connectPubSub(address: string, projectId: string): PubSubClients {
  const options = { ...grpcOptions(address), projectId };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  return {
    publisher,
    subscriber,
    close: async () => {
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  };
}

/**
 * Options of a Google client for a server at `host:port`, with neither encryption nor credentials: nobody's own are looked
 * for, nor a metadata server that would know some.
 */
export function grpcOptions(address: string): {
  servicePath: string;
  port: number;
  sslCreds: ReturnType<typeof credentials.createInsecure>;
  authClient: PassThroughClient;
} {
  const { hostname, port } = new URL(`http://${address}`);
  return {
    servicePath: hostname,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
}
