import { StatusError } from '../../protocol/status.ts';

/**
 * A request that is not what it should be, in the words of Google's APIs.
 * @param field the path of the field at fault; empty for the request itself
 */
export const badRequest = (field: string, description: string): StatusError =>
  new StatusError('INVALID_ARGUMENT', description, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] },
  ]);

/** A value that its field cannot have. @param type as `TYPE_INT32`, or the URL of a message's or an enum's type */
export function invalidValue(path: string, type: string, value: unknown, reason?: string): StatusError {
  return badRequest(path, `Invalid value at '${path}' (${type}), ${reason ?? excerpt(JSON.stringify(value))}`);
}

/** A name that there is no field for. @param message the path of the message that it stands in */
export function unknownName(message: string, name: string, reason = 'Cannot find field.'): StatusError {
  const at = message ? ` at '${message}'` : '';
  return badRequest(message, `Invalid JSON payload received. Unknown name "${excerpt(name)}"${at}: ${reason}`);
}

const MAX_EXCERPT_CHARACTERS = 200;

/** Nobody wants ten megabytes back. */
export const excerpt = (text: string): string =>
  text.length > MAX_EXCERPT_CHARACTERS ? `${text.slice(0, MAX_EXCERPT_CHARACTERS)}…` : text;
