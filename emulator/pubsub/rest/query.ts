import type protobuf from 'protobufjs/light.js';
import { findField, messageTypeOf, originalName, pathOf } from './json/fields.ts';
import { type EncodableMessage, parseElement, requireOneOfItsGroup } from './json/parse.ts';
import { unknownName } from './json/refusal.ts';
import { wellKnownTypeOf } from './json/well-known-types.ts';

/** What every Google API understands, whatever the request; `$alt` is the same as `alt`. */
const SYSTEM_PARAMETERS: ReadonlySet<string> = new Set([
  'access_token',
  'alt',
  'callback',
  'fields',
  'key',
  'oauth_token',
  'prettyPrint',
  'quotaUser',
  'uploadType',
  'upload_protocol',
  'userProject',
]);

const isSystemParameter = (name: string): boolean => name.startsWith('$') || SYSTEM_PARAMETERS.has(name);

/** A system parameter's value, under either of its names. */
export const systemParameter = (query: URLSearchParams, name: string): string =>
  query.get(name) ?? query.get(`$${name}`) ?? '';

/**
 * Sets the fields of a request that a query string names: `pageSize=10`, `options.requestedPolicyVersion=3`. A repeated
 * field takes every value that is given for it.
 * @throws StatusError INVALID_ARGUMENT naming the parameter, in Google's words
 */
export function bindQuery(type: protobuf.Type, message: EncodableMessage, query: URLSearchParams): void {
  for (const [name, value] of query) {
    if (!isSystemParameter(name)) bindField(type, message, name, value);
  }
}

/**
 * Sets the field at a path, such as `subscription.name`, from text.
 * @throws StatusError INVALID_ARGUMENT when there is none, or none that text can be bound to
 */
export function bindField(type: protobuf.Type, message: EncodableMessage, fieldPath: string, text: string): void {
  const refuse = (reason: string): Error => unknownName('', fieldPath, `Cannot bind query parameter. ${reason}`);

  const bind = (
    type: protobuf.Type,
    message: EncodableMessage,
    [name = '', ...rest]: readonly string[],
    parent: string,
  ): void => {
    const field = findField(type, name);
    if (!field) throw refuse(`Field '${name}' could not be found in request message.`);
    const path = pathOf(parent, originalName(field.name));
    const nested = nestedTypeOf(field);
    if (rest.length > 0 && (!nested || field.repeated)) throw refuse(`'${name}' is not a message.`);
    if (rest.length === 0 && (nested || field.map)) {
      throw refuse(`'${name}' is a message type. Parameters can only be bound to primitive types.`);
    }
    requireOneOfItsGroup(message, field, parent);
    if (nested) {
      bind(nested, (message[field.name] ??= {}) as EncodableMessage, rest, path);
    } else {
      const value = parseElement(field, text, path);
      message[field.name] = field.repeated ? [...((message[field.name] ?? []) as readonly unknown[]), value] : value;
    }
  };
  bind(type, message, fieldPath.split('.'), '');
}

/** The message of which a query string can set the fields, if the field holds one. */
function nestedTypeOf(field: protobuf.Field): protobuf.Type | undefined {
  const type = messageTypeOf(field);
  return type && !field.map && !wellKnownTypeOf(type) ? type : undefined;
}
