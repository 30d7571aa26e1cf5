import type protobuf from 'protobufjs/light.js';
import { invalidArgument } from './status.ts';

/** The message in the shape of `resources.ts`. @throws StatusError INVALID_ARGUMENT */
export function decodeMessage(type: protobuf.Type, bytes: Buffer): object {
  try {
    return type.toObject(type.decode(bytes), { longs: Number, enums: String, bytes: Buffer });
  } catch {
    throw invalidArgument(`The request is not a ${type.name}.`);
  }
}

/** @param message in the shape of `resources.ts` */
export function encodeMessage(type: protobuf.Type, message: object): Buffer {
  return type.encode(type.fromObject(message)).finish() as Buffer;
}
