import fc from 'fast-check';

/** Where the resources are that the fuzzed requests are about: few, so that requests meet what others have made. */
export const PROJECT = 'projects/fuzz-project';

const NAMES = [
  'topics/one',
  'topics/two',
  'subscriptions/one',
  'subscriptions/two',
  'snapshots/one',
  'schemas/one',
  'schemas/two',
];
/** Nobody listens there: what the server makes of a request must never leave this machine. */
const ENDPOINT = 'http://localhost:9/push';

const FILTER_TOKENS = [
  'attributes',
  '.',
  ':',
  'key',
  '"value"',
  '=',
  '!=',
  'AND',
  'OR',
  'NOT',
  '-',
  '(',
  ')',
  'hasPrefix',
  ',',
  ' ',
  String.raw`"\x41\u0042\101"`,
  String.raw`"\q`,
  '"',
  'ключ',
] as const;

const UDF_TOKENS = [
  'function f(message, metadata) {',
  'return message;',
  '}',
  'return null;',
  'throw new Error("x");',
  '`${',
  '/*',
  'eval("1")',
  'class f {}',
  'let f = 1;',
  'message.attributes.x = {};',
  '\u0000',
  'import("fs")',
] as const;

const AVRO = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'count', type: ['null', 'long'], default: null },
    { name: 'tags', type: { type: 'array', items: { type: 'map', values: 'bytes' } } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } },
  ],
};
const PROTO = `syntax = "proto3";
message Event {
  string id = 1;
  optional int64 count = 2;
  repeated string tags = 3;
  map<string, bytes> values = 4;
  oneof choice { double a = 5; Kind kind = 6; }
  message Inner { Event outer = 1; }
  Inner inner = 7;
  enum Kind { NONE = 0; SOME = 1; }
}`;

const joined = (tokens: readonly string[], maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...tokens), { maxLength }).map((parts) => parts.join(''));

/** A text with a stretch of it cut out, doubled, or replaced by something else. */
export function damagedText(text: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: text.length });
  return fc
    .tuple(place, place, fc.oneof(fc.constant(''), fc.string({ maxLength: 8 }), fc.constant(text)))
    .map(([a, b, inserted]) => text.slice(0, Math.min(a, b)) + inserted + text.slice(Math.max(a, b)));
}

/** Nearly filters. */
export const filterText: fc.Arbitrary<string> = fc.oneof(
  joined(FILTER_TOKENS, 24),
  damagedText('attributes:a AND (attributes.key = "value" OR NOT hasPrefix(attributes.b, "x"))'),
  fc.constantFrom('('.repeat(255), '-'.repeat(255), 'NOT '.repeat(63), `${'('.repeat(120)}attributes:a`),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

/** Nearly functions. */
export const udfText: fc.Arbitrary<string> = fc.oneof(
  joined(UDF_TOKENS, 8),
  damagedText('function f(message, metadata) { message.attributes.a = String(metadata.message_id); return message; }'),
);

/** Nearly definitions of schemas, in Avro. */
export const avroText: fc.Arbitrary<string> = fc.oneof(
  fc.constant(JSON.stringify(AVRO)),
  damagedText(JSON.stringify(AVRO)),
  fc.json({ maxDepth: 4 }),
  fc.constantFrom('['.repeat(10_000), '{"type":'.repeat(5_000), '"Event"', '[]', '{}', '{"type":"record"}'),
);

/** Nearly definitions of schemas, in protocol buffers. */
export const protoText: fc.Arbitrary<string> = fc.oneof(
  fc.constant(PROTO),
  damagedText(PROTO),
  fc.constantFrom('message M {'.repeat(5_000), 'syntax = "proto2";', 'import "/etc/passwd";', '/*', 'option (', '{'),
  fc.string({ unit: 'binary' }),
);

/** What a string field of a request may hold, whatever it is for. */
const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES.map((name) => `${PROJECT}/${name}`), PROJECT, 'a', '', ENDPOINT) },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES).chain((name) => damagedText(`${PROJECT}/${name}`)) },
  { weight: 1, arbitrary: filterText },
  { weight: 1, arbitrary: avroText },
  { weight: 1, arbitrary: protoText },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'x'.repeat(2000), '\u0000', '%2F', '..', '@') },
);

const names = (...usual: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: anyText });

const resources = (folder: string): string[] =>
  NAMES.filter((name) => name.startsWith(folder)).map((name) => `${PROJECT}/${name}`);

const BY_FIELD: Readonly<Record<string, fc.Arbitrary<string>>> = {
  project: names(PROJECT),
  parent: names(PROJECT),
  topic: names(...resources('topics')),
  deadLetterTopic: names(...resources('topics')),
  subscription: names(...resources('subscriptions')),
  snapshot: names(...resources('snapshots')),
  schema: names(...resources('schemas')),
  pageToken: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: anyText }),
  schemaId: names('one', 'two'),
  resource: names(...resources('')),
  filter: fc.oneof(fc.constant(''), filterText),
  definition: fc.oneof(avroText, protoText),
  functionName: fc.constantFrom('f', 'f', 'f', 'g', '', 'f;', '__proto__'),
  code: udfText,
  pushEndpoint: fc.oneof(fc.constant(''), fc.constant(ENDPOINT), damagedText(ENDPOINT)),
};

/** What a field of that name may hold, in a message of that type: more often than not something that fits. */
export function textFor(field: string, type: string): fc.Arbitrary<string> {
  if (field !== 'name') return BY_FIELD[field] ?? anyText;
  return names(...(FOLDERS.find(([pattern]) => pattern.test(type))?.[1] ?? resources('')));
}

const FOLDERS = [
  [/Topic/, resources('topics')],
  [/Subscription/, resources('subscriptions')],
  [/Snapshot/, resources('snapshots')],
  [/Schema/, resources('schemas')],
] as const;
