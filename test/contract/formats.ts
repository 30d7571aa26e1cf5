import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** A message's content, whatever it is sent to. */
export interface Content {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array;
}

type Event = Readonly<Record<string, unknown>>;

/** The same event, as each format has it. */
export const FORMATS = {
  JSON: (event) => ({ headers: [['content-type', 'application/json']], body: JSON.stringify(event) }),
  ndjson: (event) => ({ headers: [['content-type', 'application/x-ndjson']], body: `${JSON.stringify(event)}\n` }),
  CloudEvent: (event) => ({
    headers: [['content-type', 'application/cloudevents+json']],
    body: JSON.stringify(cloudEventOf(event)),
  }),
  'batch of CloudEvents': (event) => ({
    headers: [['content-type', 'application/cloudevents-batch+json']],
    body: JSON.stringify([cloudEventOf(event)]),
  }),
  'binary CloudEvent': (event) => {
    const { data, ...attributes } = cloudEventOf(event);
    const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)] as const);
    return { headers: [['content-type', 'application/json'], ...headers], body: JSON.stringify(data) };
  },
} as const satisfies Record<string, (event: Event) => Content>;

export type Format = keyof typeof FORMATS;
export const ALL_FORMATS = Object.keys(FORMATS) as Format[];

function cloudEventOf({ timestamp, version: _version, ...event }: Event): Record<string, unknown> {
  return { specversion: '1.0', source: '/contract', ...(timestamp !== undefined && { time: timestamp }), ...event };
}

const COMPRESSIONS = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  identity: (bytes: Uint8Array) => bytes,
} as const satisfies Record<string, (bytes: Uint8Array) => Uint8Array>;

export type Encoding = keyof typeof COMPRESSIONS;
export const ENCODINGS = Object.keys(COMPRESSIONS) as Encoding[];

/** `content`, encoded. */
export function encoded({ headers, body }: Content, encoding: Encoding): Content {
  const bytes = COMPRESSIONS[encoding](Buffer.from(body));
  return { headers: [...headers, ['content-encoding', encoding]], body: bytes };
}
