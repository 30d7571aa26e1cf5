import { inspect, isDeepStrictEqual } from 'node:util';
import { status } from '@grpc/grpc-js';

/** The server does not do what the row says. Its message is one line for the table. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
}

/** The names of google.rpc.Code. */
export type Code = keyof typeof status;

const MAX_SHOWN = 160;

function show(value: unknown): string {
  const text = inspect(value, { depth: 5, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80 });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** @throws Unmet unless the two are deeply equal */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Unmet(`${what}: ${show(actual)} instead of ${show(expected)}`);
}

/** @throws Unmet unless every field of `expected` is in `actual`, at any depth, with that value */
export function contains(actual: unknown, expected: object, what: string): void {
  if (!includes(actual, expected)) throw new Unmet(`${what}: ${show(actual)} does not have ${show(expected)}`);
}

function includes(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
    return isDeepStrictEqual(actual, expected);
  }
  if (typeof actual !== 'object' || actual === null) return false;
  const fields = actual as Record<string, unknown>;
  return Object.entries(expected).every(([key, value]) => includes(fields[key], value));
}

/** @throws Unmet with that message */
export function isTrue(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Unmet(message);
}

/** @throws Unmet where there is no value */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Unmet(`${what}: missing`);
  return value;
}

/** An error of a gRPC call, as Google's clients reject with. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  /** The metadata of a google.rpc.ErrorInfo in the details. */
  readonly errorInfoMetadata?: Readonly<Record<string, string>>;
}

/**
 * @returns the error that the call was refused with
 * @throws Unmet where the call succeeded, or was refused with another code
 */
export async function refused(call: Promise<unknown>, ...codes: readonly Code[]): Promise<RpcError> {
  const expected = codes.join(' or ');
  const error = await call.then(
    () => {
      throw new Unmet(`accepted instead of refused with ${expected}`);
    },
    (error: unknown) => error,
  );
  if (error instanceof Unmet) throw error;
  const { code, message } = error as RpcError;
  const name = status[code];
  if (!codes.some((expected) => expected === name)) {
    throw new Unmet(`refused with ${name ?? code} instead of ${expected}: ${message}`);
  }
  return error as RpcError;
}
