import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { isReflectMessage, reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { type FieldValue, Unmappable } from '../field-value.ts';

/**
 * The fields of a message by the names that its schema gives them. What is not set and has a presence is null.
 * @throws Error when the message has fields that its schema does not define
 */
export function fieldsOf(type: DescMessage, message: Message): FieldValue {
  return messageValue(reflect(type, message));
}

function messageValue(message: ReflectMessage): FieldValue {
  const [unknown] = message.getUnknown() ?? [];
  if (unknown) throw new Error(`The schema has no field of number ${unknown.no}.`);
  const fields: Record<string, FieldValue> = {};
  for (const field of message.fields) {
    const value = fieldValue(message, field);
    if (field.name === '__proto__') Object.defineProperty(fields, field.name, { value, enumerable: true });
    else fields[field.name] = value;
  }
  return fields;
}

function fieldValue(message: ReflectMessage, field: DescField): FieldValue {
  const isSet = message.isSet(field);
  if (!isSet && field.presence === Presence.LEGACY_REQUIRED) {
    throw new Error(`The required field ${field.name} is not set.`);
  }
  if (!isSet && (field.oneof || field.presence === Presence.EXPLICIT)) return null;
  const value = valueIn(message, field);
  return field.oneof ? new Unmappable('oneof') : value;
}

function valueIn(message: ReflectMessage, field: DescField): FieldValue {
  switch (field.fieldKind) {
    case 'list':
      return [...message.get(field)].map((item) => singularValue(field.scalar, item));
    case 'map':
      return [...message.get(field)].map(([key, value]) => ({
        key: singularValue(field.mapKey, key),
        value: singularValue(field.scalar, value),
      }));
    case 'message':
      return messageValue(message.get(field));
    case 'enum':
      return BigInt(message.get(field));
    case 'scalar':
    default:
      return singularValue(field.scalar, message.get(field));
  }
}

/** @param scalar undefined where it is a message or an enum */
function singularValue(scalar: ScalarType | undefined, value: unknown): FieldValue {
  if (isReflectMessage(value)) return messageValue(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  const isFloat = scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT;
  return typeof value === 'number' && !isFloat ? BigInt(value) : (value as FieldValue);
}
