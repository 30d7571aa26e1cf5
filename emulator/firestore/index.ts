import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Database } from './documents/database.ts';
import { firestoreService } from './rpc/service.ts';
import { firestoreServiceDefinition } from './rpc/service-definition.ts';

export interface FirestoreServer {
  /** `host:port`, as FIRESTORE_EMULATOR_HOST takes it. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Firestore's own limit for a request. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const EXPIRY_INTERVAL_MS = 10_000;

/**
 * Starts an in-memory `google.firestore.v1` for any project and database; port 0 takes a free one. Transactions are
 * serializable and pessimistic as for Firestore's server clients, and those of a client that goes away end with its
 * connection.
 */
export async function startFirestore({ host, port }: { host: string; port: number }): Promise<FirestoreServer> {
  const databases = new Map<string, Database>();
  const open = (name: string): Database => {
    const known = databases.get(name);
    if (known !== undefined) return known;
    const database = new Database(name);
    databases.set(name, database);
    return database;
  };

  const grpc = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES, 'grpc.max_send_message_length': -1 });
  grpc.addService(firestoreServiceDefinition(), firestoreService(open));
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());

  const sockets = new Set<Socket>();
  const net = createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      for (const database of databases.values()) database.transactions.endAllOf(peer);
    });
    injector.injectConnection(socket);
  });
  net.listen(port, host);
  await once(net, 'listening');
  const expiry = setInterval(() => {
    for (const database of databases.values()) database.transactions.endExpired(Date.now());
  }, EXPIRY_INTERVAL_MS);

  const bound = (net.address() as AddressInfo).port;
  return {
    address: `${host}:${bound}`,
    port: bound,
    async close() {
      clearInterval(expiry);
      const closed = once(net, 'close');
      net.close();
      injector.destroy();
      for (const socket of sockets) socket.destroy();
      grpc.forceShutdown();
      await closed;
    },
  };
}
