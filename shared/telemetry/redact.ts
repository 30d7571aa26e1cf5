const CREDENTIAL_KEYS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'apikey',
  'api_key',
  'token',
  'access_token',
  'id_token',
  'password',
  'private_key',
]);

const MAX_DEPTH = 4;

/**
 * `fields` with the values of keys that name credentials censored, however they are spelt and wherever they are within the
 * first levels. Nothing is copied where there is none. No line is written with a credential on purpose: this is the net for
 * the one that slips in.
 */
export function redact(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let redacted = fields;
  for (const key in fields) {
    const value = fields[key];
    const safe = CREDENTIAL_KEYS.has(key.toLowerCase()) ? '[redacted]' : redactNested(value, depth);
    if (safe === value) continue;
    if (redacted === fields) redacted = { ...fields };
    redacted[key] = safe;
  }
  return redacted;
}

function redactNested(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || depth === MAX_DEPTH) return value;
  return redact(value as Record<string, unknown>, depth + 1);
}

/**
 * What is logged of an error. Its other properties are left out: errors of HTTP clients carry the request, with its
 * headers.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { type: error.name, message: error.message, code, stack: error.stack, cause };
}

/**
 * Where a subject stands in what others say: in the path of its document, which Firestore's errors hold, and in its URL; and an
 * ordering key is one. Its route, which is no subject's, stays. A subject may hold anything, so all that follows on that line goes.
 */
const SUBJECTS = /(\bsubjects\/(?!\{subject\})|\b[Oo]rdering[ _]?[Kk]ey\b)(?:[^"\\]|\\[^n])*/g;

/** A line of the log, which is JSON, without subjects: they are personal data, and many an error's message is not ours to word. */
export function redactSubjects(line: string): string {
  // Most lines have neither, and this is asked of all.
  if (!line.includes('subjects/') && !line.includes('rdering')) return line;
  return line.replaceAll(SUBJECTS, '$1[redacted]');
}
