import { at, type Check, finding, isObject } from './check.ts';
import { type Keyword, strings, wholeNumber } from './keyword.ts';

/** Keywords about objects. Only fields of the object's own count, whatever they are called. */
export const OF_OBJECTS: Readonly<Record<string, Keyword>> = {
  required: (argument, _schema, compile) => {
    const names = strings(argument, 'required', compile);
    return (value, steps) => {
      if (!isObject(value)) return undefined;
      steps.spend(names.length / 8);
      const missing = names.find((name) => !Object.hasOwn(value, name));
      return missing === undefined ? undefined : at(missing, finding('required'));
    };
  },
  properties: (argument, _schema, compile) => {
    if (!isObject(argument)) throw compile.refuse('must be an object', 'properties');
    const checks = Object.entries(argument).map(
      ([name, schema]) => [name, compile.schema(schema, 'properties', name)] as const,
    );
    return (value, steps) => {
      if (!isObject(value)) return undefined;
      steps.spend(checks.length / 8);
      for (const [name, check] of checks) {
        if (!Object.hasOwn(value, name)) continue;
        const found = check(value[name], steps);
        if (found !== undefined) return at(name, found);
      }
      return undefined;
    };
  },
  additionalProperties: (argument, { properties }, compile) => {
    const check = compile.schema(argument, 'additionalProperties');
    const named = new Set(isObject(properties) ? Object.keys(properties) : []);
    if (argument === true) return undefined;
    return (value, steps) => {
      if (!isObject(value)) return undefined;
      for (const name of Object.keys(value)) {
        steps.spend(1);
        if (named.has(name)) continue;
        const found = argument === false ? finding('unknown field') : check(value[name], steps);
        if (found !== undefined) return at(name, found);
      }
      return undefined;
    };
  },
  minProperties: (argument, _schema, compile) => {
    const least = wholeNumber(argument, 'minProperties', compile);
    return ofFields((count) => count >= least, `must have at least ${least} fields`);
  },
  maxProperties: (argument, _schema, compile) => {
    const most = wholeNumber(argument, 'maxProperties', compile);
    return ofFields((count) => count <= most, `must have at most ${most} fields`);
  },
};

function ofFields(isWithin: (count: number) => boolean, reason: string): Check {
  return (value, steps) => {
    if (!isObject(value)) return undefined;
    const count = Object.keys(value).length;
    steps.spend(count / 8);
    return isWithin(count) ? undefined : finding(reason);
  };
}
