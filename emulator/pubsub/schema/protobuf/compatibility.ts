import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Label as Label } from '@bufbuild/protobuf/wkt';

/**
 * Why `next` cannot be the revision after `earlier`: optional fields may come and go; no other may, and none may change.
 * @see https://cloud.google.com/pubsub/docs/commit-schema-revision
 */
export function incompatibility(earlier: DescMessage, next: DescMessage): string | undefined {
  return compare(earlier, next, new Set());
}

function compare(earlier: DescMessage, next: DescMessage, compared: Set<string>): string | undefined {
  const pair = `${earlier.typeName} ${next.typeName}`;
  // Messages may contain themselves.
  if (compared.has(pair)) return undefined;
  compared.add(pair);
  const before = new Map(earlier.fields.map((field) => [field.number, field]));
  const after = new Map(next.fields.map((field) => [field.number, field]));
  for (const number of new Set([...before.keys(), ...after.keys()])) {
    const problem = compareFields(before.get(number), after.get(number), compared);
    if (problem) return problem;
  }
  return undefined;
}

function compareFields(
  before: DescField | undefined,
  after: DescField | undefined,
  compared: Set<string>,
): string | undefined {
  if (before && after) {
    if (describe(before) !== describe(after)) return `${String(after)} has changed`;
    return before.message && after.message ? compare(before.message, after.message, compared) : undefined;
  }
  const field = before ?? after;
  if (!field || field.proto.label === Label.OPTIONAL) return undefined;
  return `${String(field)} was ${before ? 'removed' : 'added'} and is not optional`;
}

/** All of a field but the message that it holds. */
function describe(field: DescField): string {
  const { name, fieldKind, scalar, oneof, enum: enumeration, proto } = field;
  const mapKey = fieldKind === 'map' ? field.mapKey : undefined;
  return [name, proto.label, fieldKind, mapKey, scalar, proto.type, enumeration?.name, oneof?.name].join(' ');
}
