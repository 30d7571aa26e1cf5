import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** Stands between the functions and Firestore, and notes which documents are named on the way there. */
export interface FirestoreTap {
  /** `host:port` */
  readonly address: string;
  /** Paths such as `apiKeys/0a…` and `tenants/acme`, in the order in which they were asked for. */
  readonly documents: readonly string[];
  close(): void;
}

/** gRPC sends messages uncompressed, and protocol buffers have text as it is: no frame need be taken apart. */
const DOCUMENT = /\/documents\/((?:apiKeys|tenants)\/[\w%~.-]+)/g;

/** Hands every byte on to `target` and back. */
export async function startFirestoreTap(target: string): Promise<FirestoreTap> {
  const [host, port] = target.split(':');
  const documents: string[] = [];
  const server = createServer((client) => {
    const upstream = connect({ host: host ?? '', port: Number(port) });
    client.on('data', (chunk) => {
      for (const [, path = ''] of chunk.toString('latin1').matchAll(DOCUMENT)) documents.push(path);
    });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${taken}`, documents, close: () => server.close() };
}
