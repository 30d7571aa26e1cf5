import avsc, { type Schema, type Type, type types } from 'avsc';

/** A type of an Avro schema. Types may contain themselves. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' | 'float' | 'double' | 'string' }
  | { readonly kind: 'int' | 'long'; readonly logical: Logical }
  | { readonly kind: 'bytes'; readonly logical: Logical }
  | { readonly kind: 'fixed'; readonly size: number; readonly logical: Logical }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'record'; readonly fields: readonly AvroField[] }
  | { readonly kind: 'union'; readonly branches: readonly AvroBranch[] };

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
}

export interface AvroBranch {
  /** What names the branch in JSON: the full name of a named type, or the type itself. */
  readonly name: string;
  readonly type: AvroType;
}

/** What a type's `logicalType` says its values mean; undefined where it says nothing, or nothing that is possible. */
export type Logical = { readonly name: string; readonly scale: number } | undefined;

/** The most decimal places that any numeric type of BigQuery has. */
const MAX_SCALE = 38;

export interface ParsedAvro {
  readonly type: AvroType;
  /** The library's own type, which knows how to resolve another. */
  readonly resolvable: Type;
}

/** @throws Error when that is no Avro schema */
export function parseAvro(source: string): ParsedAvro {
  const schema = JSON.parse(source) as Schema;
  const logicals = new Map<Type, Logical>();
  const typeHook = (defined: Schema, options: object): Type | undefined => {
    const { logicalType, scale = 0, ...plain } = defined as { logicalType?: unknown; scale?: unknown };
    if (typeof logicalType !== 'string' || Array.isArray(defined)) return undefined;
    const type = avsc.Type.forSchema(plain as Schema, options);
    if (typeof scale === 'number' && Number.isInteger(scale) && scale >= 0 && scale <= MAX_SCALE) {
      logicals.set(type, { name: logicalType, scale });
    }
    return type;
  };
  const resolvable = avsc.Type.forSchema(schema, { wrapUnions: true, noAnonymousTypes: true, typeHook });
  return { type: convert(resolvable, logicals, new Map()), resolvable };
}

function convert(type: Type, logicals: ReadonlyMap<Type, Logical>, known: Map<Type, AvroType>): AvroType {
  const before = known.get(type);
  if (before) return before;
  const nested = (inner: Type): AvroType => convert(inner, logicals, known);
  const logical = logicals.get(type);
  const { typeName } = type;
  switch (typeName) {
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
    case 'string':
      return { kind: typeName };
    case 'int':
    case 'long':
      return { kind: typeName, logical };
    case 'bytes':
      return { kind: typeName, logical };
    case 'fixed':
      return { kind: 'fixed', size: (type as types.FixedType).size, logical };
    case 'enum':
      return { kind: 'enum', symbols: (type as types.EnumType).symbols };
    case 'array':
      return { kind: 'array', items: nested((type as types.ArrayType).itemsType) };
    case 'map':
      // The declarations call it `any`.
      return { kind: 'map', values: nested((type as types.MapType).valuesType as Type) };
    case 'record':
    case 'error': {
      const fields: AvroField[] = [];
      const record: AvroType = { kind: 'record', fields };
      // Known before its fields are, which may be of this very type.
      known.set(type, record);
      for (const field of (type as types.RecordType).fields)
        fields.push({ name: field.name, type: nested(field.type) });
      return record;
    }
    default: {
      const branches = (type as types.WrappedUnionType).types;
      return {
        kind: 'union',
        branches: branches.map((branch) => ({ name: branch.branchName ?? branch.typeName, type: nested(branch) })),
      };
    }
  }
}
