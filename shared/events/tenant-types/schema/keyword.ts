import type { Check } from './check.ts';

/** A schema cannot be used. `path` is where in it, and `message` why. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly path: readonly string[];

  constructor(path: readonly string[], message: string) {
    super(message);
    this.path = path;
  }
}

/** What a keyword is compiled with. Keys are where in the keyword's schema it is: its own name first. */
export interface Compile {
  /** @throws {SchemaError} */
  readonly schema: (schema: unknown, ...keys: string[]) => Check;
  /** @throws {SchemaError} where `$defs` has no such schema, or it refers to itself. */
  readonly definition: (name: string) => Check;
  /** An error to throw. */
  readonly refuse: (reason: string, ...keys: string[]) => SchemaError;
}

/**
 * Compiles one keyword of a schema. A check passes values of types that the keyword is not about.
 *
 * @returns undefined where another keyword of the schema does its part.
 * @throws {SchemaError}
 */
export type Keyword = (
  argument: unknown,
  schema: Readonly<Record<string, unknown>>,
  compile: Compile,
) => Check | undefined;

export function wholeNumber(argument: unknown, keyword: string, compile: Compile): number {
  if (typeof argument !== 'number' || !Number.isSafeInteger(argument) || argument < 0) {
    throw compile.refuse('must be a whole number, not negative', keyword);
  }
  return argument;
}

export function strings(argument: unknown, keyword: string, compile: Compile): readonly string[] {
  if (!Array.isArray(argument) || !argument.every((item) => typeof item === 'string')) {
    throw compile.refuse('must be an array of strings', keyword);
  }
  return argument;
}

export function schemas(argument: unknown, keyword: string, compile: Compile): readonly Check[] {
  if (!Array.isArray(argument) || argument.length === 0) throw compile.refuse('must be a non-empty array', keyword);
  return argument.map((schema, index) => compile.schema(schema, keyword, String(index)));
}
