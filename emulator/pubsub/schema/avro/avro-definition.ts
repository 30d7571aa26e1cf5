import type { Type } from 'avsc';
import type { Definition } from '../definition.ts';
import { parseAvro } from './avro-type.ts';
import { readAvroBinary } from './binary.ts';
import { readAvroJson } from './json.ts';

interface AvroDefinition extends Definition {
  readonly resolvable: Type;
}

/** @throws Error when that is no Avro schema @see https://avro.apache.org/docs/1.12.0/specification/ */
export function compileAvro(source: string): Definition {
  const { type, resolvable } = parseAvro(source);
  const definition: AvroDefinition = {
    resolvable,
    read: (data, encoding) => (encoding === 'JSON' ? readAvroJson(type, data) : readAvroBinary(type, data)),
    incompatibilityWith(earlier) {
      const other = (earlier as AvroDefinition).resolvable;
      return unreadable(resolvable, other) ?? unreadable(other, resolvable);
    },
  };
  return definition;
}

/** Why a reader with this schema cannot read what was written with that one, by Avro's rules of schema resolution. */
function unreadable(reader: Type, writer: Type): string | undefined {
  try {
    reader.createResolver(writer);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
