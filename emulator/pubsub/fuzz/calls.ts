import { Agent, request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import type { GrpcRequest } from './grpc-requests.ts';
import type { HttpRequest } from './http-requests.ts';

/** What came of a call: how it was answered, or what is wrong with the server. */
export type Outcome = { readonly answer: string; readonly body?: Buffer } | { readonly fault: string };

/** The server's word for how long a caller waits for messages, and ours for when it does not answer at all. */
const PATIENCE_MS = 300;
const HANG_MS = 10_000;

const GRPC_STATUSES = 17;
/** What a server says of itself when it is at fault, and never of what it was sent: UNKNOWN, INTERNAL, DATA_LOSS. */
const FAULTY_GRPC_STATUSES: ReadonlySet<number> = new Set([2, 13, 15]);
/** gRPC's own layer answers a frame that it cannot read with INTERNAL, as its specification says. */
const isFramingFault = ({ excessLength, isMarkedCompressed }: GrpcRequest): boolean =>
  excessLength !== 0 || isMarkedCompressed;

/** Calls a server over one connection for HTTP/2 and several for HTTP/1. */
export class Caller {
  readonly #host: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  #session: ClientHttp2Session | undefined;

  constructor(address: string) {
    const [host = '', port = ''] = address.split(':');
    this.#host = host;
    this.#port = Number(port);
  }

  grpc(request: GrpcRequest): Promise<Outcome> {
    const { message, excessLength, isMarkedCompressed, path } = request;
    const frame = Buffer.alloc(5);
    frame.writeUInt8(isMarkedCompressed ? 1 : 0);
    frame.writeUInt32BE(message.length + excessLength, 1);
    return new Promise((resolve) => {
      const stream = this.#connection().request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${PATIENCE_MS}m`,
      });
      let status: number | undefined;
      let failure: Error | undefined;
      const chunks: Buffer[] = [];
      const hang = setTimeout(() => {
        resolve({ fault: 'no answer' });
        stream.close(constants.NGHTTP2_CANCEL);
      }, HANG_MS);
      const read = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
      };
      stream.on('response', read);
      stream.on('trailers', read);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (error) => (failure = error));
      stream.on('close', () => {
        clearTimeout(hang);
        resolve(judgeGrpc(request, status, Buffer.concat(chunks), failure));
      });
      stream.end(Buffer.concat([frame, message]));
    });
  }

  http({ method, path, headers, body }: HttpRequest): Promise<Outcome> {
    return new Promise((resolve) => {
      const call = httpRequest(
        {
          host: this.#host,
          port: this.#port,
          agent: this.#agent,
          method,
          path,
          // Node would send a body of a method that usually has none without saying where it ends.
          headers: {
            ...headers,
            'content-length': Buffer.byteLength(body),
            'x-server-timeout': String(PATIENCE_MS / 1000),
          },
          timeout: HANG_MS,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', (error) => resolve({ fault: error.message }));
          response.on('end', () => resolve(judgeHttp(method, response.statusCode ?? 0, text)));
        },
      );
      call.on('timeout', () => {
        resolve({ fault: 'no answer' });
        call.destroy();
      });
      call.on('error', (error) => resolve({ fault: error.message }));
      call.end(body);
    });
  }

  /** Sends bytes and ends its half of the connection: the server must end its own. */
  bytes(opening: Uint8Array): Promise<Outcome> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, this.#host);
      const hang = setTimeout(() => {
        resolve({ fault: 'the connection stays open' });
        socket.destroy();
      }, HANG_MS);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(hang);
        resolve({ answer: 'closed' });
      });
      socket.resume();
      socket.end(opening);
    });
  }

  close(): void {
    this.#agent.destroy();
    this.#session?.destroy();
  }

  /** A server may end a connection that it is badly treated on; the next call takes a new one. */
  #connection(): ClientHttp2Session {
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      this.#session = connectHttp2(`http://${this.#host}:${this.#port}`);
      this.#session.on('error', () => undefined);
    }
    return this.#session;
  }
}

function judgeGrpc(
  request: GrpcRequest,
  status: number | undefined,
  body: Buffer,
  failure: Error | undefined,
): Outcome {
  if (status === undefined) {
    // gRPC over HTTP/2 lets a server that was sent half a message end the stream in HTTP/2's own words.
    return isFramingFault(request) ? { answer: 'reset' } : { fault: failure?.message ?? 'no status' };
  }
  const isProper = Number.isInteger(status) && status >= 0 && status < GRPC_STATUSES;
  if (!isProper) return { fault: `status ${status}` };
  if (FAULTY_GRPC_STATUSES.has(status) && !isFramingFault(request)) return { fault: `status ${status}` };
  return { answer: `gRPC ${status}`, body: body.subarray(5) };
}

function judgeHttp(method: string, status: number, text: string): Outcome {
  if (status === 500 || status < 200 || status > 599) return { fault: `status ${status}: ${text.slice(0, 200)}` };
  if (method === 'HEAD' || status === 204 || text === '') return { answer: `HTTP ${status}` };
  try {
    JSON.parse(text);
    return { answer: `HTTP ${status}` };
  } catch {
    return { fault: `status ${status} with what is no JSON: ${text.slice(0, 200)}` };
  }
}
