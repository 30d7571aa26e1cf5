import type { Context } from '../context/context.ts';

export type Type = 'AVRO' | 'PROTOCOL_BUFFER';
export type Encoding = 'JSON' | 'BINARY';

export const AVRO = JSON.stringify({
  type: 'record',
  name: 'State',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'population', type: 'int' },
  ],
});

/** As `AVRO`, with a field more, which has a default. */
export const AVRO_WITH_CAPITAL = JSON.stringify({
  type: 'record',
  name: 'State',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'population', type: 'int' },
    { name: 'capital', type: 'string', default: '' },
  ],
});

const PROTO = 'syntax = "proto3"; message State { string name = 1; int32 population = 2; }';
const PROTO_WITH_CAPITAL =
  'syntax = "proto3"; message State { string name = 1; int32 population = 2; string capital = 3; }';

/** `{name: "AK", population: 7}`, encoded by hand: Avro's zigzag lengths and numbers, protobuf's tags. */
const AVRO_BINARY = Buffer.from([4, 0x41, 0x4b, 14]);
const PROTO_BINARY = Buffer.from([0x0a, 2, 0x41, 0x4b, 0x10, 7]);

export const DEFINITIONS: readonly { type: Type; definition: string; binary: Buffer; next: string }[] = [
  { type: 'AVRO', definition: AVRO, binary: AVRO_BINARY, next: AVRO_WITH_CAPITAL },
  { type: 'PROTOCOL_BUFFER', definition: PROTO, binary: PROTO_BINARY, next: PROTO_WITH_CAPITAL },
];

export const VALID_JSON = '{"name":"AK","population":7}';

export async function create(
  context: Context,
  type: Type,
  definition: string,
): Promise<{ name: string; revisionId: string }> {
  const name = context.name('schemas');
  const schemaId = name.split('/').at(-1) ?? '';
  const [schema] = await context.schemas.createSchema({
    parent: context.project,
    schemaId,
    schema: { type, definition },
  });
  return { name, revisionId: schema.revisionId ?? '' };
}

export async function createSchema(context: Context, type: Type, definition: string): Promise<string> {
  return (await create(context, type, definition)).name;
}

export async function topicWith(
  context: Context,
  schema: string,
  encoding: Encoding,
  more: object = {},
): Promise<string> {
  return context.topic({ schemaSettings: { schema, encoding, ...more } });
}
