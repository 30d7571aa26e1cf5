import type protobuf from 'protobufjs/light.js';
import { enumTypeOf, findField, fullNameOf, messageTypeOf, originalName, pathOf } from './fields.ts';
import { badRequest, invalidValue, unknownName } from './refusal.ts';
import { parseScalar, readScalar } from './scalars.ts';
import { isValueType, wellKnownTypeOf } from './well-known-types.ts';

/** A message that protobufjs can encode: fields by proto3 JSON's names, enums as numbers. */
export type EncodableMessage = Record<string, unknown>;

/**
 * Reads proto3 JSON as strictly as Google's APIs do: a name that the message does not have is refused.
 * @param path of the message within the request, for errors; empty for the request itself
 * @see https://protobuf.dev/programming-guides/json/
 * @throws StatusError INVALID_ARGUMENT naming the field, in Google's words
 */
export function parseMessage(type: protobuf.Type, json: unknown, path = ''): EncodableMessage {
  const wellKnown = wellKnownTypeOf(type);
  if (wellKnown) return { ...wellKnown.parse(json, path) };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    if (path) throw invalidValue(path, `type.googleapis.com/${fullNameOf(type)}`, json);
    throw unknownName('', '', 'Root element must be a message.');
  }
  const message: EncodableMessage = {};
  for (const [name, value] of Object.entries(json)) {
    const field = findField(type, name);
    if (!field) throw unknownName(path, name);
    if (value === null && !isValueType(messageTypeOf(field))) continue;
    requireOneOfItsGroup(message, field, path);
    message[field.name] = parseField(field, value, pathOf(path, originalName(field.name)));
  }
  return message;
}

/** The value of a whole field: of all that a repeated one repeats. */
function parseField(field: protobuf.Field, json: unknown, path: string): unknown {
  if (field.map) return parseMap(field, json, path);
  if (!field.repeated) return parseElement(field, json, path);
  if (!Array.isArray(json)) throw invalidValue(path, typeUrlOf(field), json);
  return json.map((element, index) => parseElement(field, element, `${path}[${index}]`));
}

/** The keys of every map in this API are strings. */
function parseMap(field: protobuf.Field, json: unknown, path: string): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidValue(path, 'Map', json, 'Cannot bind a non-map to a map field.');
  }
  const entries = Object.entries(json).map(([key, value], index) => {
    const entry = `${path}[${index}]`;
    return [
      parseScalar('string', key, `${entry}.key`) as string,
      parseElement(field, value, `${entry}.value`),
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** A value of the field; of a repeated field, one of them; of a map, the value of an entry. */
export function parseElement(field: protobuf.Field, json: unknown, path: string): unknown {
  const messageType = messageTypeOf(field);
  if (messageType) return parseMessage(messageType, json, path);
  const enumType = enumTypeOf(field);
  if (!enumType) return parseScalar(field.type, json, path);
  const isName = typeof json === 'string' && Object.hasOwn(enumType.values, json);
  const number = isName ? enumType.values[json] : readScalar('int32', json);
  if (number === undefined) throw invalidValue(path, typeUrlOf(field), json);
  return number;
}

/** @throws StatusError INVALID_ARGUMENT when another member of the field's oneof is set already */
export function requireOneOfItsGroup(message: EncodableMessage, field: protobuf.Field, path: string): void {
  const group = field.partOf;
  const other = group?.oneof.find((name) => name !== field.name && message[name] !== undefined);
  if (!group || !other) return;
  const at = pathOf(path, originalName(group.name));
  throw badRequest(
    at,
    `Invalid value at '${at}' (oneof), oneof field '${group.name}' is already set. Cannot set '${field.name}'`,
  );
}

function typeUrlOf(field: protobuf.Field): string {
  const type = messageTypeOf(field) ?? enumTypeOf(field);
  return type ? `type.googleapis.com/${fullNameOf(type)}` : `TYPE_${field.type.toUpperCase()}`;
}
