import { CLOSED, Connection } from './connection.ts';
import type { WireResponse } from './response-reader.ts';

/** Name and value. */
export type Header = readonly [string, string];

/** A request to the letter: nothing is added but what has to be for it to be one. */
export interface WireRequest {
  /** Default `POST`. */
  readonly method?: string;
  /** The request target. Default `/v1/events`. */
  readonly target?: string;
  /** In this order, any of them more than once. `host` and `content-length` are added where they are missing. */
  readonly headers?: readonly Header[];
  readonly body?: string | Uint8Array;
}

/** The bytes of a request. Text is written as Latin-1, so that headers can hold any byte; a body of text as UTF-8. */
export function bytesOf({ method = 'POST', target = '/v1/events', headers = [], body = '' }: WireRequest): Buffer {
  const has = (name: string): boolean => headers.some(([candidate]) => candidate.toLowerCase() === name);
  const content = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
  const all: Header[] = [...headers];
  if (!has('host')) all.unshift(['host', 'headgate.test']);
  if (!has('content-length') && !has('transfer-encoding') && content.length > 0) {
    all.push(['content-length', String(content.length)]);
  }
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), content]);
}

/**
 * Sends one request on a connection of its own.
 *
 * @throws {Error} where the server closes the connection without answering, or does neither.
 */
export async function send(api: string, request: WireRequest): Promise<WireResponse> {
  const connection = await Connection.open(api);
  try {
    connection.write(bytesOf(request));
    const response = await connection.response(request.method);
    if (response === CLOSED) throw new Error('the connection was closed without an answer');
    return response;
  } finally {
    connection.close();
  }
}
