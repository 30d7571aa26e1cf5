import { CLOSED, Connection } from '#test/wire/connection.ts';
import { bytesOf, type WireRequest } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';

/** Longest time in which anything must be answered. */
const ANSWER_WITHIN_MS = 30_000;
/** How long bytes that are no request are waited upon before it is said that no more will come. */
const QUIET_MS = 50;

/** Sends requests one after another on a connection that is kept. */
export class KeptConnection {
  readonly #api: string;
  #connection: Connection | undefined;

  constructor(api: string) {
    this.#api = api;
  }

  /** @throws {Error} where there is neither an answer nor the end of the connection in time. */
  async send(request: WireRequest): Promise<WireResponse | typeof CLOSED> {
    if (this.#connection?.isClosed !== false) this.#connection = await Connection.open(this.#api);
    const connection = this.#connection;
    connection.write(bytesOf(request));
    const response = await connection.response(request.method, ANSWER_WITHIN_MS);
    if (response === CLOSED || connection.pendingBytes > 0 || endsConnection(request, response)) this.close();
    return response;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/** What was answered before a body was read ends with it, as does what either side asked to. */
function endsConnection({ headers = [] }: WireRequest, response: WireResponse): boolean {
  const asked = headers.some(([name, value]) => name === 'connection' && value === 'close');
  return asked || response.headers.some(([name, value]) => name === 'connection' && value === 'close');
}

/**
 * Sends bytes on a connection of their own, and then that there are no more.
 *
 * @returns all that was answered until the server closed the connection.
 * @throws {Error} where it does not close it in time, or answers what is not HTTP.
 */
export async function sendBytes(api: string, bytes: Buffer): Promise<WireResponse[]> {
  const connection = await Connection.open(api);
  const responses: WireResponse[] = [];
  try {
    connection.write(bytes);
    for (let isOver = false; ;) {
      const response = await connection.responseWithin(isOver ? ANSWER_WITHIN_MS : QUIET_MS);
      if (response === CLOSED) return responses;
      if (response !== undefined) responses.push(response);
      else if (isOver) throw new Error('the connection stays open');
      else {
        // What is not complete is waited for by the server, and by us no longer.
        isOver = true;
        connection.halfClose();
      }
    }
  } finally {
    connection.close();
  }
}
