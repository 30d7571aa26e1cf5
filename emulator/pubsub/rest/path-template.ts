import { invalidArgument } from '../protocol/status.ts';

/** Values of a template's variables, by the paths of the fields that they are bound to. */
export type PathVariables = ReadonlyMap<string, string>;

export interface PathTemplate {
  /** What follows the last colon: `publish`. Empty for the standard methods. */
  readonly verb: string;
  /**
   * @param path percent-encoded, without its verb
   * @returns undefined when the path is another
   * @throws StatusError INVALID_ARGUMENT for what is not percent-encoding
   */
  match(path: string): PathVariables | undefined;
}

const VERB = /:([^:/{}]*)$/;
const TOKEN = /\{([^=}]+)=?([^}]*)\}|([^{]+)/g;

/**
 * Compiles a path template of `google.api.http`.
 * @see https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
 */
export function compilePathTemplate(template: string): PathTemplate {
  const { path, verb } = splitVerb(template);
  const fields: string[] = [];
  const pattern = path.replaceAll(TOKEN, (_, field: string | undefined, segments: string, text: string) => {
    if (field === undefined) return patternOf(text);
    fields.push(field);
    return `(${patternOf(segments || '*')})`;
  });
  const expression = new RegExp(`^${pattern}$`);
  return {
    verb,
    match(candidate) {
      const [found, ...values] = expression.exec(candidate) ?? [];
      return found === undefined
        ? undefined
        : new Map(values.map((value, index) => [fields[index] ?? '', unescape(value)]));
    },
  };
}

/** A name may have colons in every segment but the last, where the last one begins the verb. */
export function splitVerb(path: string): { readonly path: string; readonly verb: string } {
  const [suffix = '', verb = ''] = VERB.exec(path) ?? [];
  return { path: path.slice(0, path.length - suffix.length), verb };
}

const patternOf = (segments: string): string =>
  segments
    .replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*{1,2}/g, (wildcard) => (wildcard === '*' ? '[^/]+' : '.+'));

/** A slash stays encoded within a variable of several segments. */
function unescape(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll(/%2f/gi, (slash) => `%25${slash.slice(1)}`));
  } catch {
    throw invalidArgument(`The path is not percent-encoded UTF-8: ${value}`);
  }
}
