import { type Check, finding, isObject } from './check.ts';
import { COMBINING } from './combining.ts';
import { OF_ARRAYS } from './of-arrays.ts';
import { OF_OBJECTS } from './of-objects.ts';
import { OF_SCALARS } from './of-scalars.ts';
import { type Compile, type Keyword, SchemaError } from './keyword.ts';

const MAX_CHARACTERS = 32_768;
const MAX_DEPTH = 32;
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords that say something about the schema and nothing about values. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** In the order in which they are checked: what is cheap and says most comes first. */
const KEYWORDS: Readonly<Record<string, Keyword>> = { ...OF_SCALARS, ...OF_OBJECTS, ...OF_ARRAYS, ...COMBINING };

const ACCEPT: Check = () => undefined;
const REFUSE: Check = () => finding('not allowed');

/**
 * Compiles a JSON Schema (2020-12) to functions; none of it becomes code. Only keywords that are understood are allowed:
 * a misspelt one would otherwise check nothing. Left out are those that make the work unbounded or reach elsewhere:
 * references beyond `#/$defs/…`, recursion, `unevaluated…`, `contains`, patterns that are not linear. What remains
 * spends a step of its caller's for each schema that is held against a value.
 *
 * @throws {SchemaError} naming the place.
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function compileSchema(schema: unknown): Check {
  if (JSON.stringify(schema).length > MAX_CHARACTERS) {
    throw new SchemaError([], `longer than ${MAX_CHARACTERS} characters of JSON`);
  }
  if (!isObject(schema)) throw new SchemaError([], 'must be an object');
  const { $schema = DIALECT, $defs = {}, ...root } = schema;
  if ($schema !== DIALECT) throw new SchemaError(['$schema'], `must be ${DIALECT}`);
  if (!isObject($defs)) throw new SchemaError(['$defs'], 'must be an object');
  const definitions = new Definitions($defs);
  for (const name of Object.keys($defs)) definitions.check(name, ['$defs', name]);
  return compile(root, [], definitions);
}

/** The schemas of `$defs`, each compiled once. */
class Definitions {
  readonly #schemas: Readonly<Record<string, unknown>>;
  readonly #checks = new Map<string, Check | 'in the making'>();

  constructor(schemas: Readonly<Record<string, unknown>>) {
    this.#schemas = schemas;
  }

  check(name: string, path: readonly string[]): Check {
    const held = this.#checks.get(name);
    if (held === 'in the making') throw new SchemaError(path, 'refers to itself');
    if (held !== undefined) return held;
    if (!Object.hasOwn(this.#schemas, name)) throw new SchemaError(path, `there is no $defs/${name}`);
    this.#checks.set(name, 'in the making');
    const check = compile(this.#schemas[name], ['$defs', name], this);
    this.#checks.set(name, check);
    return check;
  }
}

function compile(schema: unknown, path: readonly string[], definitions: Definitions): Check {
  if (schema === true) return ACCEPT;
  if (schema === false) return REFUSE;
  if (!isObject(schema)) throw new SchemaError(path, 'must be a schema');
  if (path.length > MAX_DEPTH) throw new SchemaError(path, `nested more than ${MAX_DEPTH} levels deep`);
  const foreign = Object.keys(schema).find((keyword) => !isKnown(keyword));
  if (foreign !== undefined) throw new SchemaError([...path, foreign], 'is not supported');

  const compiler: Compile = {
    schema: (inner, ...keys) => compile(inner, [...path, ...keys], definitions),
    definition: (name) => definitions.check(name, [...path, '$ref']),
    refuse: (reason, ...keys) => new SchemaError([...path, ...keys], reason),
  };
  const checks: Check[] = [];
  for (const [keyword, compileKeyword] of Object.entries(KEYWORDS)) {
    if (!Object.hasOwn(schema, keyword)) continue;
    const check = compileKeyword(schema[keyword], schema, compiler);
    if (check !== undefined) checks.push(check);
  }
  return (value, steps) => {
    steps.spend(1);
    for (const check of checks) {
      const found = check(value, steps);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function isKnown(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || Object.hasOwn(KEYWORDS, keyword);
}
