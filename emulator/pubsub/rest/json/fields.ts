import protobuf from 'protobufjs/light.js';

/** The field as protocol buffers name it: `ack_deadline_seconds`. Google's errors speak of fields so. */
export const originalName = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const fieldsByName = new WeakMap<protobuf.Type, ReadonlyMap<string, protobuf.Field>>();

/** The field that JSON means by a name: proto3 JSON's, or the original one. */
export function findField(type: protobuf.Type, name: string): protobuf.Field | undefined {
  let fields = fieldsByName.get(type);
  if (!fields) {
    fields = new Map(
      type.fieldsArray.flatMap((field) => [
        [field.name, field],
        [originalName(field.name), field],
      ]),
    );
    fieldsByName.set(type, fields);
  }
  return fields.get(name);
}

/** `message` and the name of a field in it, as Google's errors write a path. */
export const pathOf = (message: string, name: string): string => (message ? `${message}.${name}` : name);

/** The message that the field holds, if it holds one. */
export function messageTypeOf(field: protobuf.Field): protobuf.Type | undefined {
  const { resolvedType } = field.resolve();
  return resolvedType instanceof protobuf.Type ? resolvedType : undefined;
}

export function enumTypeOf(field: protobuf.Field): protobuf.Enum | undefined {
  const { resolvedType } = field.resolve();
  return resolvedType instanceof protobuf.Enum ? resolvedType : undefined;
}

/** Of a message or an enum: `google.pubsub.v1.Topic`. */
export const fullNameOf = (type: protobuf.ReflectionObject): string => type.fullName.slice(1);
