import type { Http2Server } from 'node:http2';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { TIMEOUTS } from '#shared/hosting/timeouts.ts';

/** Every HTTP/2 connection begins with `PRI * HTTP/2.0`; no HTTP/1 method does. */
const HTTP2_PREFACE = Buffer.from('PRI');
/** What a client may send ahead, on a connection and on each of its calls: a publish request of the largest size fits. */
const WINDOW_BYTES = 12 * 1024 * 1024;

export interface Port {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections and ends those there are. */
  close(): Promise<void>;
}

/** Serves gRPC and HTTP/1 on one port, by what a connection begins with. */
export async function listen(host: string, port: number, grpc: GrpcServer, onRequest: RequestListener): Promise<Port> {
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  widenFlowControl(grpc);
  const http = createHttpServer({ keepAliveTimeout: TIMEOUTS.keepAliveTimeout }, onRequest);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    sniff(socket, (isHttp2) => {
      if (isHttp2) injector.injectConnection(socket);
      else http.emit('connection', socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;

  return {
    host,
    port: address.port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      grpc.forceShutdown();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * HTTP/2 lets a client send 64 KB until the server has answered that it read them: a publish request of 1 MB then takes
 * sixteen turns of both processes, and half the throughput. grpc-js lets clients set the window, but not servers.
 */
function widenFlowControl(grpc: GrpcServer): void {
  const http2Servers: ReadonlyMap<Http2Server, unknown> = grpc['http2Servers'];
  for (const http2Server of http2Servers.keys()) {
    http2Server.on('session', (session) => {
      session.settings({ initialWindowSize: WINDOW_BYTES });
      session.setLocalWindowSize(WINDOW_BYTES);
    });
  }
}

/** Decides by the first bytes, which stay unread. */
function sniff(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let first: Buffer = Buffer.alloc(0);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (!chunk) return;
    first = Buffer.concat([first, chunk]);
    // Put back only once it is enough to decide by: what is put back is readable again, at once and without end.
    if (first.length < HTTP2_PREFACE.length && HTTP2_PREFACE.subarray(0, first.length).equals(first)) return;
    socket.off('readable', onReadable);
    socket.unshift(first);
    decide(first.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE));
  };
  socket.on('readable', onReadable);
}
