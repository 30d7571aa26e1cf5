import protobuf from 'protobufjs/light.js';

const NAMING_FIELDS: ReadonlySet<string> = new Set(['name', 'topic', 'subscription', 'resource']);
const LENGTH_DELIMITED = 2;
const FULL_NAME = /^projects\/[^/]+\/(?:topics|subscriptions)\/[^/]+$/;

/**
 * The topics and subscriptions that an encoded request names, itself or in the resource that it carries. What is not
 * needed for that is skipped: a publication is as long as its messages.
 */
export function namesIn(type: protobuf.Type, request: Uint8Array): string[] {
  const names: string[] = [];
  const reader = protobuf.Reader.create(request);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const field = type.fieldsById[tag >>> 3];
      if (!field || !NAMING_FIELDS.has(field.name) || (tag & 7) !== LENGTH_DELIMITED) {
        reader.skipType(tag & 7);
        continue;
      }
      field.resolve();
      if (field.type === 'string') names.push(reader.string());
      else if (field.resolvedType instanceof protobuf.Type) names.push(...namesIn(field.resolvedType, reader.bytes()));
      else reader.skipType(tag & 7);
    }
  } catch {
    // The handler says what is wrong with such a request.
  }
  return names.filter((name) => FULL_NAME.test(name));
}
