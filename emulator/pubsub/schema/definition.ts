import type { Encoding, SchemaType } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';
import type { FieldValue } from './field-value.ts';
import { withinTime } from './time-limit.ts';

/** A schema's definition, ready to judge messages. */
export interface Definition {
  /** @throws Error saying why the data is no message of this schema */
  read(data: Uint8Array, encoding: Encoding): FieldValue;
  /** Why this cannot be the revision after `earlier`, which is of the same type; undefined when it can. */
  incompatibilityWith(earlier: Definition): string | undefined;
}

/** @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_DEFINITION_BYTES = 300 * 1024;
/** To read a definition, or to compare two of them. */
const TIME_LIMIT_MS = 1000;

/** @throws StatusError INVALID_ARGUMENT when that is no schema of this type */
export async function compileDefinition(type: SchemaType, source: string): Promise<Definition> {
  const bytes = Buffer.byteLength(source);
  if (bytes > MAX_DEFINITION_BYTES) {
    throw invalidArgument(`The schema definition is ${bytes} bytes long; at most ${MAX_DEFINITION_BYTES} are allowed.`);
  }
  const compile = await loadCompiler(type);
  try {
    return withinTime(TIME_LIMIT_MS, () => compile(source));
  } catch (error) {
    throw invalidArgument(`Could not parse schema definition: ${reasonOf(error)}`);
  }
}

/** Loaded only now: their libraries are not what a server without schemas should wait for. */
async function loadCompiler(type: SchemaType): Promise<(source: string) => Definition> {
  return type === 'AVRO'
    ? (await import('./avro/avro-definition.ts')).compileAvro
    : (await import('./protobuf/protobuf-definition.ts')).compileProtobuf;
}

/** @throws StatusError INVALID_ARGUMENT when `next` cannot follow `earlier` */
export function requireCompatible(earlier: Definition, next: Definition): void {
  let reason: string | undefined;
  try {
    reason = withinTime(TIME_LIMIT_MS, () => next.incompatibilityWith(earlier));
  } catch (error) {
    reason = reasonOf(error);
  }
  if (reason !== undefined) throw invalidArgument(`The schema is not compatible with its last revision: ${reason}`);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
