/** An HTTP/1.1 answer as it came over the wire. */
export interface WireResponse {
  readonly status: number;
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

interface Head {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Where the body begins. */
  readonly end: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** Takes the answers out of what a server sent on one connection. Interim answers (1xx) are left out. */
export class ResponseReader {
  #received: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
  }

  /** Bytes that came and belong to no answer yet. */
  get pendingBytes(): number {
    return this.#received.length;
  }

  /**
   * The next answer, once it is complete.
   *
   * @param method of the request that it answers: one to HEAD has no body, whatever its headers say.
   * @param ended whether the server has closed the connection: then what has no stated length is complete.
   * @throws {Error} where it is not HTTP/1.1.
   */
  next(method: string, ended: boolean): WireResponse | undefined {
    for (;;) {
      const head = headOf(this.#received);
      if (head === undefined) return undefined;
      if (head.status >= 200) return this.#withBody(head, method, ended);
      this.#received = this.#received.subarray(head.end);
    }
  }

  #withBody({ status, headers, end }: Head, method: string, ended: boolean): WireResponse | undefined {
    const body = bodyOf(this.#received.subarray(end), { status, headers }, method, ended);
    if (body === undefined) return undefined;
    this.#received = this.#received.subarray(end + body.wireBytes);
    return { status, headers, body: body.text };
  }
}

/** The value of a header; undefined where it did not come. */
export function headerOf({ headers }: Pick<WireResponse, 'headers'>, name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1];
}

function headOf(received: Buffer): Head | undefined {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) throw new Error(`not an HTTP/1.1 status line: ${JSON.stringify(statusLine.slice(0, 200))}`);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(status), headers, end: end + HEAD_END.length };
}

function bodyOf(
  rest: Buffer,
  head: Pick<WireResponse, 'status' | 'headers'>,
  method: string,
  ended: boolean,
): { readonly text: string; readonly wireBytes: number } | undefined {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return { text: '', wireBytes: 0 };
  if (headerOf(head, 'transfer-encoding')?.toLowerCase() === 'chunked') return chunkedBodyOf(rest);
  const length = headerOf(head, 'content-length');
  if (length === undefined) return ended ? { text: rest.toString(), wireBytes: rest.length } : undefined;
  const bytes = Number(length);
  return rest.length < bytes ? undefined : { text: rest.toString('utf8', 0, bytes), wireBytes: bytes };
}

function chunkedBodyOf(rest: Buffer): { readonly text: string; readonly wireBytes: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const bytes = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const begin = lineEnd + LINE_END.length;
    const end = begin + bytes + LINE_END.length;
    if (rest.length < end) return undefined;
    if (bytes === 0) return { text: Buffer.concat(chunks).toString(), wireBytes: end };
    chunks.push(rest.subarray(begin, begin + bytes));
    at = end;
  }
}
