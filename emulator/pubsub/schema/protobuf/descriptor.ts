import { create, createFileRegistry, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type DescriptorProtoSchema,
  type EnumDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as FieldType,
  type FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import protobuf from 'protobufjs';

const FILE = 'schema.proto';
const MAX_FIELD_NUMBER = 2 ** 29 - 1;
const RESERVED_FOR_PROTOBUF = { first: 19_000, last: 19_999 };

const SCALARS: Readonly<Record<string, FieldType>> = {
  double: FieldType.DOUBLE,
  float: FieldType.FLOAT,
  int64: FieldType.INT64,
  uint64: FieldType.UINT64,
  int32: FieldType.INT32,
  fixed64: FieldType.FIXED64,
  fixed32: FieldType.FIXED32,
  bool: FieldType.BOOL,
  string: FieldType.STRING,
  bytes: FieldType.BYTES,
  uint32: FieldType.UINT32,
  sfixed32: FieldType.SFIXED32,
  sfixed64: FieldType.SFIXED64,
  sint32: FieldType.SINT32,
  sint64: FieldType.SINT64,
};

type MessageProto = MessageInitShape<typeof DescriptorProtoSchema>;
type FieldProto = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type EnumProto = MessageInitShape<typeof EnumDescriptorProtoSchema>;

/**
 * The one message that the source of a .proto file defines. One library reads the language, the other reads messages
 * as protobuf's specification says (and its JSON); a file descriptor is what they have in common.
 * @throws Error when the source is wrong, defines another number of types, or needs other files
 */
export function describeMessage(source: string): DescMessage {
  const { root, package: packageName = '', imports, weakImports } = protobuf.parse(source, { keepCase: true });
  if (imports || weakImports) throw new Error('import statements are not supported');
  root.resolveAll();
  const types = packageName ? (root.lookup(packageName) as protobuf.Namespace).nestedArray : root.nestedArray;
  const [type, ...others] = types;
  if (!(type instanceof protobuf.Type) || others.length > 0) {
    throw new Error(`there must be one top-level type, a message; there are ${types.length} top-level types`);
  }
  // The parser tells the syntax only where it is not proto3.
  const { edition: syntax = 'proto3' } = type.toJSON() as { edition?: string };
  const file = create(FileDescriptorProtoSchema, {
    name: FILE,
    package: packageName,
    syntax,
    messageType: [messageProto(type, syntax)],
  });
  const message = createFileRegistry(file, () => undefined).getMessage(type.fullName.slice(1));
  if (!message) throw new Error('there is no message');
  return message;
}

function messageProto(type: protobuf.Type, syntax: string): MessageProto {
  const oneofs = type.oneofsArray.filter((oneof) => !isSynthetic(oneof));
  const maps = type.fieldsArray.filter((field) => field instanceof protobuf.MapField);
  const nested = type.nestedArray;
  return {
    name: type.name,
    field: type.fieldsArray.map((field) => ({
      ...fieldProto(field),
      ...(field.partOf && !isSynthetic(field.partOf) && { oneofIndex: oneofs.indexOf(field.partOf) }),
    })),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    nestedType: [
      ...nested.filter((one) => one instanceof protobuf.Type).map((one) => messageProto(one, syntax)),
      ...maps.map(entryProto),
    ],
    enumType: nested.filter((one) => one instanceof protobuf.Enum).map((one) => enumProto(one, syntax)),
  };
}

/** The parser gives each proto3 `optional` field a oneof of its own. */
const isSynthetic = (oneof: protobuf.OneOf): boolean =>
  oneof.fieldsArray.some((field) => field.getOption('proto3_optional') === true);

function fieldProto(field: protobuf.Field): FieldProto {
  const { id, name } = field;
  if (!isFieldNumber(id)) throw new Error(`${id} cannot be the number of field ${name}`);
  if (isReserved(field)) throw new Error(`the number of field ${name} is reserved`);
  const jsonName: unknown = field.getOption('json_name');
  const common = {
    name,
    number: id,
    jsonName: typeof jsonName === 'string' ? jsonName : camelCase(name),
    label: field.repeated || field instanceof protobuf.MapField ? Label.REPEATED : singularLabel(field),
    proto3Optional: field.getOption('proto3_optional') === true,
  };
  if (field instanceof protobuf.MapField) {
    return { ...common, type: FieldType.MESSAGE, typeName: `${field.parent?.fullName ?? ''}.${entryName(field)}` };
  }
  return { ...common, ...typeOf(field) };
}

const isFieldNumber = (id: number): boolean =>
  id >= 1 && id <= MAX_FIELD_NUMBER && (id < RESERVED_FOR_PROTOBUF.first || id > RESERVED_FOR_PROTOBUF.last);

/** The parser refuses reserved numbers but for the last of a range. */
const isReserved = ({ id, parent }: protobuf.Field): boolean =>
  parent instanceof protobuf.Type &&
  (parent.reserved ?? []).some((range) => typeof range !== 'string' && id === range[1]);

/** Of a field, or of the values of a map. */
type TypedField = Pick<protobuf.FieldBase, 'type' | 'resolvedType'> & { readonly delimited?: boolean };

const singularLabel = (field: protobuf.Field): Label => (field.required ? Label.REQUIRED : Label.OPTIONAL);

function typeOf({ type, resolvedType, delimited }: TypedField): FieldProto {
  if (resolvedType instanceof protobuf.Enum) return { type: FieldType.ENUM, typeName: resolvedType.fullName };
  if (resolvedType) {
    return { type: delimited ? FieldType.GROUP : FieldType.MESSAGE, typeName: resolvedType.fullName };
  }
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new Error(`there is no type ${type}`);
  return { type: scalar };
}

/** A map is encoded as a list of entries, which are messages of a type of their own. */
function entryProto(field: protobuf.MapField): MessageProto {
  return {
    name: entryName(field),
    options: { mapEntry: true },
    field: [
      { name: 'key', number: 1, jsonName: 'key', label: Label.OPTIONAL, ...scalarType(field.keyType) },
      { name: 'value', number: 2, jsonName: 'value', label: Label.OPTIONAL, ...typeOf(field) },
    ],
  };
}

const scalarType = (name: string): FieldProto => ({ type: SCALARS[name] ?? FieldType.STRING });

function entryName({ name }: protobuf.MapField): string {
  const camel = camelCase(name);
  return `${camel.charAt(0).toUpperCase()}${camel.slice(1)}Entry`;
}

function enumProto({ name, values }: protobuf.Enum, syntax: string): EnumProto {
  const entries = Object.entries(values);
  const [first] = entries;
  if (!first) throw new Error(`the enum ${name} has no values`);
  if (syntax === 'proto3' && first[1] !== 0) throw new Error(`the first value of the enum ${name} must be 0`);
  return { name, value: entries.map(([valueName, number]) => ({ name: valueName, number })) };
}

/** @see https://protobuf.dev/programming-guides/json/ */
const camelCase = (name: string): string =>
  name.replaceAll(/_+([a-zA-Z0-9]?)/g, (_, letter: string) => letter.toUpperCase());
