import { type Check, finding } from './check.ts';
import { type Keyword, schemas } from './keyword.ts';

const REFERENCE = /^#\/\$defs\/([^/~%]+)$/;

/** Keywords that hold other schemas against the same value. */
export const COMBINING: Readonly<Record<string, Keyword>> = {
  $ref: (argument, _schema, compile) => {
    const name = typeof argument === 'string' ? REFERENCE.exec(argument)?.[1] : undefined;
    if (name === undefined) throw compile.refuse('must be of the form #/$defs/name', '$ref');
    return compile.definition(name);
  },
  allOf: (argument, _schema, compile) => {
    const checks = schemas(argument, 'allOf', compile);
    return (value, steps) => {
      for (const check of checks) {
        const found = check(value, steps);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  },
  anyOf: (argument, _schema, compile) => {
    const checks = schemas(argument, 'anyOf', compile);
    const wrong = finding('matches none of the alternatives');
    return (value, steps) => (checks.some((check) => check(value, steps) === undefined) ? undefined : wrong);
  },
  oneOf: (argument, _schema, compile) => {
    const checks = schemas(argument, 'oneOf', compile);
    return (value, steps) => {
      const matching = checks.filter((check) => check(value, steps) === undefined).length;
      if (matching === 1) return undefined;
      return finding(`matches ${matching === 0 ? 'none' : matching} of the alternatives, and must match one`);
    };
  },
  not: (argument, _schema, compile) => {
    const check = compile.schema(argument, 'not');
    const wrong = finding('is what it must not be');
    return (value, steps) => (check(value, steps) === undefined ? wrong : undefined);
  },
  if: (argument, schema, compile) => {
    const condition = compile.schema(argument, 'if');
    const whenTrue = branch(schema, 'then', compile);
    const whenFalse = branch(schema, 'else', compile);
    return (value, steps) => (condition(value, steps) === undefined ? whenTrue : whenFalse)(value, steps);
  },
  // Compiled with `if`; without it they say nothing.
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: (argument, schema, compile) => void ('if' in schema || compile.schema(argument, 'then')),
  else: (argument, schema, compile) => void ('if' in schema || compile.schema(argument, 'else')),
};

function branch(schema: Readonly<Record<string, unknown>>, keyword: string, compile: Parameters<Keyword>[2]): Check {
  return compile.schema(Object.hasOwn(schema, keyword) ? schema[keyword] : true, keyword);
}
