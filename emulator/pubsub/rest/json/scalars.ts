import { excerpt, invalidValue } from './refusal.ts';

const MIN_INT32 = -(2 ** 31);
const MAX_INT32 = 2 ** 31 - 1;
const MAX_UINT32 = 2 ** 32 - 1;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_FLOAT = 3.402_823_466_385_288_6e38;
const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?\d+$/;
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
]);
const NOT_FINITE: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
/** Standard or URL-safe, padded or not. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Numbers and booleans may be strings; undefined for JSON that is neither. */
type Parse = (json: unknown) => unknown;

const SCALARS: Readonly<Record<string, Parse>> = {
  string: (json) => (typeof json === 'string' && json.isWellFormed() ? json : undefined),
  bool: (json) => BOOLEANS.get(json),
  int32: integer(MIN_INT32, MAX_INT32),
  sint32: integer(MIN_INT32, MAX_INT32),
  sfixed32: integer(MIN_INT32, MAX_INT32),
  uint32: integer(0, MAX_UINT32),
  fixed32: integer(0, MAX_UINT32),
  int64: bigInteger(MIN_INT64, MAX_INT64),
  sint64: bigInteger(MIN_INT64, MAX_INT64),
  sfixed64: bigInteger(MIN_INT64, MAX_INT64),
  uint64: bigInteger(0n, MAX_UINT64),
  fixed64: bigInteger(0n, MAX_UINT64),
  double: floatingPoint(Number.MAX_VALUE),
  float: floatingPoint(MAX_FLOAT),
};

/** A scalar as protobufjs encodes it (integers of 64 bits stay decimal digits); undefined for JSON that is none. */
export const readScalar = (type: string, json: unknown): unknown => SCALARS[type]?.(json);

/** @throws StatusError INVALID_ARGUMENT for JSON that is no such scalar */
export function parseScalar(type: string, json: unknown, path: string): unknown {
  if (type === 'bytes') return parseBytes(json, path);
  const value = readScalar(type, json);
  if (value === undefined) throw invalidValue(path, `TYPE_${type.toUpperCase()}`, json);
  return value;
}

function parseBytes(json: unknown, path: string): Buffer {
  if (typeof json === 'string' && BASE64.test(json) && json.replace(/=+$/, '').length % 4 !== 1) {
    return Buffer.from(json, 'base64');
  }
  const reason = typeof json === 'string' ? `Base64 decoding failed for ${JSON.stringify(excerpt(json))}` : undefined;
  throw invalidValue(path, 'TYPE_BYTES', json, reason);
}

function numberOf(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  return typeof json === 'string' && DECIMAL.test(json) ? Number(json) : undefined;
}

function integer(least: number, most: number): Parse {
  return (json) => {
    const value = numberOf(json);
    return value !== undefined && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  };
}

function bigInteger(least: bigint, most: bigint): Parse {
  return (json) => {
    const number = numberOf(json);
    if (number === undefined || !Number.isInteger(number)) return undefined;
    const value = BigInt(typeof json === 'string' && INTEGER.test(json) ? json : number);
    return value >= least && value <= most ? String(value) : undefined;
  };
}

function floatingPoint(most: number): Parse {
  return (json) => {
    const value = numberOf(json) ?? NOT_FINITE.get(json);
    return value !== undefined && Number.isFinite(value) && Math.abs(value) > most ? undefined : value;
  };
}
