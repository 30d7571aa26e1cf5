import type { z } from 'zod';

/** Tells, of a value that was parsed from JSON, whether it is valid. False may also mean "ask the schema". */
export type AsIs<Value> = (value: unknown) => value is Value;

type Test = (value: unknown) => boolean;

/**
 * Derives from a schema a test that is true only of values which the schema accepts and leaves as they are. It copies
 * nothing and says nothing about what is wrong, which takes a fifth of the time of `safeParse`: where nearly everything is
 * valid, ask it first, and the schema only about the rest.
 *
 * Follows the schema's own definition and runs its own checks, so there is no second truth. What it does not know, defaults
 * and transformations among it, it leaves to the schema.
 *
 * @see https://zod.dev/packages/core
 */
export function asIs<Schema extends z.ZodType>(schema: Schema): AsIs<z.output<Schema>> {
  return testOf(schema) as AsIs<z.output<Schema>>;
}

function testOf(schema: z.core.$ZodType): Test {
  const typed = typeTestOf(schema as z.core.$ZodTypes);
  const checks = checksOf(schema);
  if (typed === undefined) return leaveToSchema;
  return checks.length === 0 ? typed : (value) => typed(value) && passes(value, checks);
}

function typeTestOf({ _zod: { def, values } }: z.core.$ZodTypes): Test | undefined {
  if ('coerce' in def && def.coerce) return undefined;
  if (def.type === 'string') return (value) => typeof value === 'string';
  if (def.type === 'number') return (value) => Number.isFinite(value);
  if (def.type === 'boolean') return (value) => typeof value === 'boolean';
  if (def.type === 'unknown' || def.type === 'custom') return () => true;
  if (def.type === 'enum' || def.type === 'literal')
    return (value) => values?.has(value as z.core.util.Literal) === true;
  if (def.type === 'object') return objectTest(def);
  if (def.type === 'array') {
    const element = testOf(def.element);
    return (value) => Array.isArray(value) && value.every((one) => element(one));
  }
  if (def.type === 'optional' || def.type === 'nullable') {
    const absent = def.type === 'optional' ? undefined : null;
    const inner = testOf(def.innerType);
    return (value) => value === absent || inner(value);
  }
  return undefined;
}

function objectTest({ shape, catchall }: z.core.$ZodObjectDef): Test {
  const members = new Map(Object.entries(shape).map(([name, member]) => [name, testOf(present(member))]));
  const required = Object.keys(shape).filter((name) => !mayBeAbsent(shape[name]));
  const isLoose = catchall?._zod.def.type === 'unknown' && !hasChecks(catchall);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const object = value as Record<string, unknown>;
    for (const name in object) {
      const member = members.get(name);
      // zod leaves `__proto__` out, wherever it is.
      if (member === undefined ? !isLoose || name === '__proto__' : !member(object[name])) return false;
    }
    for (const name of required) if (object[name] === undefined) return false;
    return true;
  };
}

/** What a member must be where it is there: half of them are optional, and the question would be asked for each. */
function present(member: z.core.$ZodType): z.core.$ZodType {
  const { def } = (member as z.core.$ZodTypes)._zod;
  return def.type === 'optional' && !hasChecks(member) ? def.innerType : member;
}

/** Whether the schema leaves a member out that is absent. Others fill it in, as with `catch`, and are asked. */
function mayBeAbsent(member: z.core.$ZodType | undefined): boolean {
  if (member === undefined || hasChecks(member)) return false;
  const { def } = (member as z.core.$ZodTypes)._zod;
  if (def.type !== 'optional') return false;
  const { type } = def.innerType._zod.def;
  return def.innerType._zod.optin === undefined || type === 'unknown' || mayBeAbsent(def.innerType);
}

function hasChecks(schema: z.core.$ZodType): boolean {
  return (schema._zod.def.checks ?? []).length > 0;
}

/** A schema that is a check, as of a format, is its own first one. */
function checksOf(schema: z.core.$ZodType): readonly z.core.$ZodCheck[] {
  const checks = schema._zod.def.checks ?? [];
  return schema._zod.traits.has('$ZodCheck') ? [schema as unknown as z.core.$ZodCheck, ...checks] : checks;
}

function passes(value: unknown, checks: readonly z.core.$ZodCheck[]): boolean {
  const payload: z.core.ParsePayload<never> = { value: value as never, issues: [] };
  for (const { _zod: check } of checks) {
    if (check.def.when !== undefined && !check.def.when(payload)) continue;
    const later = check.check(payload);
    if (later instanceof Promise) {
      later.catch(() => undefined);
      return false;
    }
    if (payload.issues.length > 0) return false;
  }
  return payload.value === value;
}

function leaveToSchema(): boolean {
  return false;
}
