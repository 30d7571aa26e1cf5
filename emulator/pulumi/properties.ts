/** Property values as they travel between a Pulumi program and its engine: JSON. */
export type PropertyValue = null | boolean | number | string | PropertyValue[] | Properties;
export interface Properties {
  [property: string]: PropertyValue | undefined;
}

/** Pulumi marks special values with this key. @see sdk/nodejs/runtime/rpc.ts of pulumi/pulumi */
const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d';
const SECRET_SIGNATURE = '1b47061264138c4ac30d75fd1eb44270';

/** Properties with the wrappers of secrets taken off, and which top-level properties had one anywhere inside. */
export interface Unwrapped {
  readonly properties: Properties;
  readonly secrets: ReadonlySet<string>;
}

/** Takes off secrets' wrappers: local servers want the values. */
export function unwrapSecrets(wrapped: Properties): Unwrapped {
  const properties: Properties = {};
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(wrapped)) {
    if (value === undefined) continue;
    properties[name] = unwrap(value, () => secrets.add(name));
  }
  return { properties, secrets };
}

function unwrap(value: PropertyValue, onSecret: () => void): PropertyValue {
  if (Array.isArray(value)) return value.map((item) => unwrap(item, onSecret));
  if (value === null || typeof value !== 'object') return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) {
    onSecret();
    return unwrap(value.value ?? null, onSecret);
  }
  const members: Properties = {};
  for (const [key, member] of Object.entries(value)) if (member !== undefined) members[key] = unwrap(member, onSecret);
  return members;
}

/** Wraps the named properties as secrets and leaves out what is undefined, which the protocol has no value for. */
export function wrapSecrets(properties: Properties, secrets: ReadonlySet<string>): Record<string, PropertyValue> {
  const wrapped: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    const defined = withoutUndefined(value);
    wrapped[name] = secrets.has(name) ? { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: defined } : defined;
  }
  return wrapped;
}

function withoutUndefined(value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === null || typeof value !== 'object') return value;
  return wrapSecrets(value, new Set());
}
