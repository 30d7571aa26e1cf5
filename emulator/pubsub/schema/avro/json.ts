import type { FieldValue } from '../field-value.ts';
import type { AvroType } from './avro-type.ts';
import { bytesValue, enumValue, integerValue, recordValue, unionValue } from './values.ts';

/** JSON with integers as bigints. */
type Json = null | boolean | bigint | number | string | readonly Json[] | { readonly [name: string]: Json };

const INTEGER = /^-?\d{1,20}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads exactly one value in Avro's JSON encoding: every field is there, whatever its default; no other is; a value of a
 * union is named (`{"int": 1}`) unless it is null; bytes are a string with a character for each byte.
 * @throws Error when the data is anything else
 * @see https://avro.apache.org/docs/1.12.0/specification/#json-encoding
 */
export function readAvroJson(type: AvroType, data: Uint8Array): FieldValue {
  return read(type, JSON.parse(utf8.decode(data), keepIntegers) as Json);
}

/** @param context what the numbers' own digits are in; the declarations do not have it yet */
function keepIntegers(_: string, value: unknown, ...context: readonly { readonly source?: string }[]): unknown {
  const source = context[0]?.source;
  return typeof value === 'number' && source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
}

function read(type: AvroType, json: Json): FieldValue {
  switch (type.kind) {
    case 'null':
      return json === null ? null : mismatch(type, json);
    case 'boolean':
      return typeof json === 'boolean' ? json : mismatch(type, json);
    case 'int':
    case 'long':
      return typeof json === 'bigint' ? integerValue(type, json) : mismatch(type, json);
    case 'float':
    case 'double':
      return typeof json === 'number' || typeof json === 'bigint' ? Number(json) : mismatch(type, json);
    case 'string':
      return typeof json === 'string' ? json : mismatch(type, json);
    case 'bytes':
    case 'fixed':
      return typeof json === 'string' ? bytesValue(type, bytesOf(json)) : mismatch(type, json);
    case 'enum':
      return typeof json === 'string' ? enumValue(type, type.symbols.indexOf(json)) : mismatch(type, json);
    case 'array':
      return Array.isArray(json) ? json.map((item: Json) => read(type.items, item)) : mismatch(type, json);
    case 'map':
      return Object.entries(objectOf(type, json)).map(([key, value]) => ({ key, value: read(type.values, value) }));
    case 'record':
      return readRecord(type, objectOf(type, json));
    case 'union':
    default:
      return readUnion(type, json);
  }
}

function readRecord(type: AvroType & { kind: 'record' }, json: { readonly [name: string]: Json }): FieldValue {
  const record = recordValue(type, ({ name, type: fieldType }) => {
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (value === undefined) throw new Error(`The field ${name} is missing.`);
    return read(fieldType, value);
  });
  if (Object.keys(json).length > type.fields.length) {
    const names = new Set(type.fields.map(({ name }) => name));
    throw new Error(`The schema has no field ${Object.keys(json).find((name) => !names.has(name)) ?? ''}.`);
  }
  return record;
}

function readUnion(type: AvroType & { kind: 'union' }, json: Json): FieldValue {
  if (json === null) {
    return type.branches.some((branch) => branch.name === 'null') ? unionValue(type, null) : mismatch(type, json);
  }
  const [entry, ...others] = Object.entries(objectOf(type, json));
  const branch = type.branches.find(({ name }) => name === entry?.[0] && name !== 'null');
  if (!entry || !branch || others.length > 0) return mismatch(type, json);
  return unionValue(type, read(branch.type, entry[1]));
}

function objectOf(type: AvroType, json: Json): { readonly [name: string]: Json } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return mismatch(type, json);
  return json as { readonly [name: string]: Json };
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.toString('latin1') !== text) throw new Error('A string of bytes has a character above \\u00ff.');
  return bytes;
}

function mismatch(type: AvroType, json: Json): never {
  throw new Error(`JSON object with type ${typeName(json)} does not match schema which expected ${type.kind}.`);
}

function typeName(json: Json): string {
  if (json === null) return 'null';
  if (Array.isArray(json)) return 'array';
  return typeof json === 'bigint' ? 'integer' : typeof json;
}
