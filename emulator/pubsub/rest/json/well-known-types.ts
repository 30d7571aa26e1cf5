import type protobuf from 'protobufjs/light.js';
import { fullNameOf, originalName } from './fields.ts';
import { badRequest, invalidValue } from './refusal.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp, type SecondsAndNanos } from './time.ts';

/** How a message looks in JSON whose fields are not shown there. */
export interface WellKnownType {
  /** @throws StatusError INVALID_ARGUMENT */
  parse(json: unknown, path: string): object;
  print(message: object): unknown;
}

/** @see https://protobuf.dev/programming-guides/json/ */
export const wellKnownTypeOf = (type: protobuf.Type): WellKnownType | undefined =>
  WELL_KNOWN_TYPES.get(fullNameOf(type));

const VALUE = 'google.protobuf.Value';

/** For this one JSON's null is a value, where all others take it for absence. */
export const isValueType = (type: protobuf.Type | undefined): boolean =>
  type !== undefined && fullNameOf(type) === VALUE;

type Parsed = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 100;

const WELL_KNOWN_TYPES: ReadonlyMap<string, WellKnownType> = new Map<string, WellKnownType>([
  ['google.protobuf.Duration', time('Duration', parseDuration, formatDuration, "duration must end with 's'")],
  ['google.protobuf.Timestamp', time('Timestamp', parseTimestamp, formatTimestamp, 'it must be an RFC 3339 date-time')],
  ['google.protobuf.FieldMask', { parse: parseFieldMask, print: printFieldMask }],
  ['google.protobuf.Struct', { parse: (json, path) => parseStruct(json, path, 0), print: printStruct }],
  ['google.protobuf.ListValue', { parse: (json, path) => parseListValue(json, path, 0), print: printListValue }],
  [VALUE, { parse: (json, path) => parseValue(json, path, 0), print: printValue }],
]);

function time(
  name: string,
  parse: (text: string) => SecondsAndNanos | undefined,
  format: (value: SecondsAndNanos) => string,
  rule: string,
): WellKnownType {
  return {
    parse(json, path) {
      const type = `type.googleapis.com/google.protobuf.${name}`;
      if (typeof json !== 'string') throw invalidValue(path, type, json);
      const value = parse(json);
      if (value) return value;
      throw invalidValue(path, type, json, `Illegal ${name.toLowerCase()} format; ${rule}`);
    },
    print(message) {
      const { seconds = 0, nanos = 0 } = message as { seconds?: number | { toNumber(): number }; nanos?: number };
      return format({ seconds: typeof seconds === 'number' ? seconds : seconds.toNumber(), nanos });
    },
  };
}

function parseFieldMask(json: unknown, path: string): object {
  if (typeof json !== 'string') throw invalidValue(path, 'type.googleapis.com/google.protobuf.FieldMask', json);
  const paths = json.split(',').map((one) => originalName(one.trim()));
  return { paths: paths.filter((one) => one !== '') };
}

function printFieldMask(message: object): string {
  const { paths = [] } = message as { paths?: readonly string[] };
  return paths.map((path) => path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).join(',');
}

const isObject = (json: unknown): json is Parsed => typeof json === 'object' && json !== null && !Array.isArray(json);

function parseStruct(json: unknown, path: string, depth: number): object {
  if (!isObject(json)) throw invalidValue(path, 'type.googleapis.com/google.protobuf.Struct', json);
  const entries = Object.entries(json).map(([name, value]) => [name, parseValue(value, path, depth)] as const);
  return { fields: Object.fromEntries(entries) };
}

function parseListValue(json: unknown, path: string, depth: number): object {
  if (!Array.isArray(json)) throw invalidValue(path, 'type.googleapis.com/google.protobuf.ListValue', json);
  return { values: json.map((value) => parseValue(value, path, depth)) };
}

function parseValue(json: unknown, path: string, depth: number): object {
  if (depth > MAX_DEPTH) throw badRequest(path, `Message too deep. Max recursion depth reached for key '${path}'`);
  if (json === null) return { nullValue: 0 };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'string') return { stringValue: json.toWellFormed() };
  if (typeof json === 'boolean') return { boolValue: json };
  if (Array.isArray(json)) return { listValue: parseListValue(json, path, depth + 1) };
  return { structValue: parseStruct(json, path, depth + 1) };
}

function printStruct(message: object): unknown {
  const { fields = {} } = message as { fields?: Readonly<Record<string, object>> };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, printValue(value)]));
}

function printListValue(message: object): unknown {
  const { values = [] } = message as { values?: readonly object[] };
  return values.map(printValue);
}

function printValue(message: object): unknown {
  const [[kind, value] = []] = Object.entries(message) as [string, unknown][];
  if (kind === 'structValue') return printStruct(value as object);
  if (kind === 'listValue') return printListValue(value as object);
  return kind === undefined || kind === 'nullValue' ? null : value;
}
