import type protobuf from 'protobufjs/light.js';
import { enumTypeOf, messageTypeOf } from './fields.ts';
import { wellKnownTypeOf } from './well-known-types.ts';

export interface PrintOptions {
  /** Enums as their numbers instead of their names. */
  readonly enumsAsNumbers?: boolean;
}

type Decoded = Readonly<Record<string, unknown>>;

/**
 * The proto3 JSON of a message that protobufjs decoded. Fields with their default value are left out, but for those whose
 * presence means something.
 * @see https://protobuf.dev/programming-guides/json/
 */
export function printMessage(type: protobuf.Type, message: object, options: PrintOptions = {}): unknown {
  const wellKnown = wellKnownTypeOf(type);
  if (wellKnown) return wellKnown.print(message);
  const printed = type.fieldsArray.flatMap((field) => {
    const value = Object.hasOwn(message, field.name) ? (message as Decoded)[field.name] : undefined;
    return isPresent(field, value) ? [[field.name, printField(field, value, options)] as const] : [];
  });
  return Object.fromEntries(printed);
}

function isPresent(field: protobuf.Field, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (field.map) return Object.keys(value).length > 0;
  if (field.partOf || messageTypeOf(field)) return true;
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length > 0;
  return typeof value === 'boolean' ? value : Number(value) !== 0;
}

function printField(field: protobuf.Field, value: unknown, options: PrintOptions): unknown {
  if (field.map) {
    const entries = Object.entries(value as Decoded).map(([key, one]) => [key, printElement(field, one, options)]);
    return Object.fromEntries(entries) as unknown;
  }
  return Array.isArray(value)
    ? value.map((one) => printElement(field, one, options))
    : printElement(field, value, options);
}

function printElement(field: protobuf.Field, value: unknown, options: PrintOptions): unknown {
  const messageType = messageTypeOf(field);
  if (messageType) return printMessage(messageType, value as object, options);
  const enumType = enumTypeOf(field);
  if (enumType) return options.enumsAsNumbers ? value : (enumType.valuesById[value as number] ?? value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  // An integer of 64 bits, which JSON has as its digits.
  return typeof value === 'object' ? (value as { toString(): string }).toString() : value;
}
