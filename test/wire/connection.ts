import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ResponseReader, type WireResponse } from './response-reader.ts';

/** The server closed the connection without a complete answer. */
export const CLOSED = 'closed';

const PATIENCE_MS = 15_000;

/**
 * A connection that sends whatever bytes it is given: HTTP clients are too polite for what an attacker sends.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      this.#wake();
    });
    // A server that was badly treated may reset the connection: that too is its end.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    socket.on('end', () => this.#end());
  }

  /** @param api base URL of the server. @throws {Error} where nobody listens there. */
  static async open(api: string): Promise<Connection> {
    const { hostname, port } = new URL(api);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Whether the server has closed it. */
  get isClosed(): boolean {
    return this.#ended;
  }

  /** Bytes of the server that belong to no complete answer. */
  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  write(bytes: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Says that nothing more will come. */
  halfClose(): void {
    this.#socket.end();
  }

  /**
   * The next answer, or {@link CLOSED} where the server closed the connection instead.
   *
   * @param method of the request that is to be answered.
   * @throws {Error} where neither happens within `patienceMs`, or what comes is not HTTP/1.1.
   */
  async response(method = 'POST', patienceMs = PATIENCE_MS): Promise<WireResponse | typeof CLOSED> {
    const response = await this.responseWithin(patienceMs, method);
    if (response !== undefined) return response;
    throw new Error(`neither an answer nor the end of the connection in ${patienceMs} ms`);
  }

  /** As {@link response}, but undefined where neither happens in time. */
  async responseWithin(patienceMs: number, method = 'POST'): Promise<WireResponse | typeof CLOSED | undefined> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, patienceMs);
    try {
      for (;;) {
        const response = this.#reader.next(method, this.#ended);
        if (response !== undefined) return response;
        if (this.#ended) return CLOSED;
        if (isLate) return undefined;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}
