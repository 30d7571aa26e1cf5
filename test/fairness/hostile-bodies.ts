import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** A body that costs as much as it can. */
export interface HostileBody {
  readonly name: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly bytes: Buffer;
}

const MAX_BYTES = 9_990_000;
const EVENT = '"type":"order.placed","timestamp":"2026-11-20T10:30:00Z","subject":"cus_1"';

/** Of ten megabytes, or as many as `count`. */
function many(unit: (index: number) => string, count = Infinity): string[] {
  const units: string[] = [];
  for (let bytes = 0; units.length < count;) {
    const next = unit(units.length);
    bytes += Buffer.byteLength(next) + 1;
    if (bytes > MAX_BYTES - 200) break;
    units.push(next);
  }
  return units;
}

const eventOf = (data: string): string => `{${EVENT},"data":{"a":${data}}}`;
const nameOf = (index: number): string => `"k${index.toString(36)}"`;
/** As much of it as there may be. */
const filled = (text: string): string => text.repeat(Math.floor((MAX_BYTES - 200) / Buffer.byteLength(text)));
/** Almost as many values as an event may have, each under a name that nothing had before. */
const ofNewNames = (event: number): string =>
  eventOf(
    `[${many((index) => `{${many((name) => `${nameOf((event * 540 + index) * 8 + name)}:1`, 8).join(',')}}`, 540).join(',')}]`,
  );

/** Text, or the items of a list. */
const KINDS: Readonly<Record<string, () => string | string[]>> = {
  'many values': () => many(() => '{}'),
  'many values, and one that needs a second look': () => ['12345678901234567890', ...many(() => '{}')],
  'many values in one event': () => eventOf(`[${many(() => '[]').join(',')}]`),
  'as many values as are taken, under ever new names': () => many(ofNewNames, 50),
  'half a surrogate pair in each': () => many((n) => eventOf(`{"${n}":"\\ud83d"}`), 2_500),
  deep: () => '['.repeat(MAX_BYTES),
  'deep in many events': () => many(() => eventOf('['.repeat(4_900) + ']'.repeat(4_900)), 49),
  wide: () => eventOf(`{${many((index) => `${nameOf(index)}:1`).join(',')}}`),
  'long numbers': () => many(() => eventOf('9'.repeat(100_000))),
  'one long number': () => eventOf(filled('7')),
  'long exponents': () => many(() => eventOf(`[${'1e999,'.repeat(4_900)}1]`), 50),
  'long texts': () => many(() => eventOf(`"${'x'.repeat(950_000)}"`)),
  'one long text of escapes': () => eventOf(`"${filled(String.raw`\u00e9`)}"`),
  'one long text of three-byte characters': () => eventOf(`"${filled('中')}"`),
  blanks: () => `${' '.repeat(MAX_BYTES / 2)}{${EVENT}, "data":{}}${' '.repeat(MAX_BYTES / 2 - 200)}`,
};

const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const CODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes, { level: 9 }),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, QUICK),
  zstd: (bytes) => zstdCompressSync(bytes),
};

/** Each kind in each coding; lists also as lines and as CloudEvents. */
export function hostileBodies(): HostileBody[] {
  const bodies: HostileBody[] = [];
  for (const [kind, make] of Object.entries(KINDS)) {
    const made = make();
    const forms = typeof made === 'string' ? [['application/json', made] as const] : formsOf(made);
    for (const [contentType, text] of forms) {
      for (const [contentEncoding, pack] of Object.entries(CODINGS)) {
        // The codings are all the same to what comes after them.
        if (contentType !== 'application/json' && contentEncoding !== 'zstd') continue;
        const name = `${kind}: ${contentType}, ${contentEncoding}`;
        bodies.push({ name, contentType, contentEncoding, bytes: pack(Buffer.from(text)) });
      }
    }
  }
  return bodies;
}

function formsOf(items: readonly string[]): (readonly [string, string])[] {
  const attributes = `"specversion":"1.0","id":"a","source":"s",${EVENT.replace('timestamp', 'time')}`;
  return [
    ['application/json', `[${items.join(',')}]`],
    ['application/x-ndjson', items.join('\n')],
    ['application/cloudevents-batch+json', `[${items.map((item) => item.replace(EVENT, attributes)).join(',')}]`],
  ];
}
