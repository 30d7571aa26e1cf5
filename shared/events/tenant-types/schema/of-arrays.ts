import { canonical } from './canonical.ts';
import { at, finding } from './check.ts';
import { type Keyword, schemas, wholeNumber } from './keyword.ts';

/** Keywords about arrays. */
export const OF_ARRAYS: Readonly<Record<string, Keyword>> = {
  minItems: (argument, _schema, compile) => {
    const least = wholeNumber(argument, 'minItems', compile);
    const wrong = finding(`must have at least ${least} items`);
    return (value) => (!Array.isArray(value) || value.length >= least ? undefined : wrong);
  },
  maxItems: (argument, _schema, compile) => {
    const most = wholeNumber(argument, 'maxItems', compile);
    const wrong = finding(`must have at most ${most} items`);
    return (value) => (!Array.isArray(value) || value.length <= most ? undefined : wrong);
  },
  prefixItems: (argument, _schema, compile) => {
    const checks = schemas(argument, 'prefixItems', compile);
    return (value, steps) => {
      if (!Array.isArray(value)) return undefined;
      for (const [index, check] of checks.entries()) {
        if (index >= value.length) return undefined;
        const found = check(value[index], steps);
        if (found !== undefined) return at(index, found);
      }
      return undefined;
    };
  },
  items: (argument, { prefixItems }, compile) => {
    const check = compile.schema(argument, 'items');
    const start = Array.isArray(prefixItems) ? prefixItems.length : 0;
    return (value, steps) => {
      if (!Array.isArray(value)) return undefined;
      for (let index = start; index < value.length; index += 1) {
        const found = check(value[index], steps);
        if (found !== undefined) return at(index, found);
      }
      return undefined;
    };
  },
  uniqueItems: (argument, _schema, compile) => {
    if (typeof argument !== 'boolean') throw compile.refuse('must be true or false', 'uniqueItems');
    if (!argument) return undefined;
    return (value, steps) => {
      if (!Array.isArray(value)) return undefined;
      const seen = new Set<string>();
      for (const [index, item] of value.entries()) {
        const text = canonical(item, steps);
        if (seen.has(text)) return at(index, finding('is there twice'));
        seen.add(text);
      }
      return undefined;
    };
  },
};
