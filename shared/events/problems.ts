import type { z } from 'zod';

/** Why one event of a request was refused. `message` is `path: reason`, and `path` names the field, dotted. */
export interface EventError {
  readonly code:
    | 'invalid_event'
    | 'malformed_json'
    | 'tenant_mismatch'
    | 'project_mismatch'
    | 'unknown_type'
    | 'unknown_version'
    | 'event_too_large'
    | 'too_many_values';
  readonly message: string;
  readonly path?: string;
}

export type Validated<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: EventError };

/** Names are the sender's own: one of a megabyte is not sent back, twice, for each of thousands of events. */
const MAX_PATH_CHARACTERS = 256;

/** A refusal of the field at `path` (dotted; empty for the event as a whole), which is cut where it is very long. */
export function refusal(code: EventError['code'], path: string, reason: string): { ok: false; error: EventError } {
  if (path.length > MAX_PATH_CHARACTERS) return refusal(code, `${path.slice(0, MAX_PATH_CHARACTERS - 1)}…`, reason);
  return path === ''
    ? { ok: false, error: { code, message: reason } }
    : { ok: false, error: { code, message: `${path}: ${reason}`, path } };
}

/** Turns zod's first finding into a refusal. `prefix` is the path of what was parsed, within the event. */
export function refusalOfIssues(error: z.ZodError, prefix = ''): { ok: false; error: EventError } {
  const { path, reason } = describeIssue(error.issues[0], prefix);
  return refusal('invalid_event', path, reason);
}

/** `path: reason` of zod's first finding. */
export function describeIssues(error: z.ZodError): string {
  const { path, reason } = describeIssue(error.issues[0], '');
  return path === '' ? reason : `${path}: ${reason}`;
}

function describeIssue(issue: z.core.$ZodIssue | undefined, prefix: string): { path: string; reason: string } {
  if (issue === undefined) return { path: prefix, reason: 'invalid' };
  const path = prefix === '' ? issue.path : [prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return { path: [...path, issue.keys[0] ?? ''].map(String).join('.'), reason: 'unknown field' };
  }
  return { path: path.map(String).join('.'), reason: issue.message };
}

/** Words for what zod finds wrong where the schema has none of its own. Pass it as `error` to `safeParse`. */
export function reasonOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return 'required';
  return `must be ${article(issue.expected)}`;
}

function article(expected: string): string {
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}
