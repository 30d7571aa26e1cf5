import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS, until } from './waiting.ts';

/** A request that a push subscription made. */
export interface PushedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly receivedAtMs: number;
}

/** A wrapped message, as the endpoint gets it. */
export interface Envelope {
  readonly message: {
    readonly data?: string;
    readonly attributes?: Readonly<Record<string, string>>;
    readonly messageId?: string;
    readonly message_id?: string;
    readonly publishTime?: string;
    readonly publish_time?: string;
    readonly orderingKey?: string;
  };
  readonly subscription?: string;
  readonly deliveryAttempt?: number;
}

/** How an endpoint answers: a status, or whatever it writes itself. */
export type Answer = number | ((response: ServerResponse) => void);

/** An HTTP server on this machine that messages can be pushed to. */
export class PushEndpoint {
  readonly url: string;
  readonly requests: PushedRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
  }

  /** @param answer is told how many requests came before */
  static async listen(answer: (before: number) => Answer): Promise<PushEndpoint> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = new PushEndpoint(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        const before = endpoint.requests.length;
        endpoint.requests.push({ method, path, headers, body: Buffer.concat(chunks), receivedAtMs: performance.now() });
        const answered = answer(before);
        if (typeof answered === 'number') response.writeHead(answered).end();
        else answered(response);
      });
    });
    return endpoint;
  }

  /** @returns all requests, as soon as there are so many. */
  async receives(count: number, withinMs = PATIENCE_MS): Promise<readonly PushedRequest[]> {
    return until(
      () => (this.requests.length >= count ? this.requests : undefined),
      `push ${count}, after ${this.requests.length}`,
      withinMs,
    );
  }

  async envelopes(count: number, withinMs = PATIENCE_MS): Promise<readonly Envelope[]> {
    const requests = await this.receives(count, withinMs);
    return requests.map(({ body }) => JSON.parse(body.toString()) as Envelope);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
