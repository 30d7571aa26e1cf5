import type { JsonObject } from './event-envelope.ts';
import { KNOWN_TYPES, type KnownVersion } from './known-types.ts';
import { reasonOf, refusal, refusalOfIssues, type Validated } from './problems.ts';
import { checkData } from './tenant-types/check-data.ts';
import type { RegisteredType } from './tenant-types/registered-type.ts';
import { registeredTypesOf } from './tenant-types/registered-types.ts';
import type { Check } from './tenant-types/schema/check.ts';
import { upcastData } from './upcasting/upcast-data.ts';

/** What an event's type, version and data come to. */
export interface Understood {
  readonly version: string;
  readonly data: JsonObject;
  /** The version it was sent as, where it was brought to a newer major. */
  readonly upcastFrom?: string;
}

const parseParams = { error: reasonOf };

/** What a tenant may send. */
export interface TypePolicy {
  /** `open`: types that nobody knows pass with any `data`. */
  readonly mode: 'open' | 'strict';
  readonly eventTypes?: readonly RegisteredType[] | undefined;
}

/**
 * Decides what `data` is: valid by the catalogue as of the version that was sent, and then brought to the type's newest
 * major, so that rules, warehouse and archive see one shape of a type; or valid by the tenant's own schema. Never throws.
 *
 * @param data not nested too deep for the stack
 */
export function understand(
  type: string,
  version: string,
  data: JsonObject,
  { mode, eventTypes }: TypePolicy,
): Validated<Understood> {
  const registered =
    eventTypes === undefined || eventTypes.length === 0 ? undefined : registeredTypesOf(eventTypes).get(type);
  if (registered !== undefined) return understandRegistered(type, version, data, registered);
  const versions = KNOWN_TYPES.get(type);
  if (versions !== undefined) return understandKnown(type, version, data, versions);
  return mode === 'open'
    ? { ok: true, value: { version, data } }
    : refusal('unknown_type', 'type', 'not in the catalogue');
}

function understandRegistered(
  type: string,
  version: string,
  data: JsonObject,
  versions: ReadonlyMap<string, () => Check>,
): Validated<Understood> {
  const check = versions.get(version);
  if (check === undefined) {
    return refusal('unknown_version', 'version', `${type} is registered at ${[...versions.keys()].join(', ')}`);
  }
  const checked = checkData(data, check());
  return checked.ok ? { ok: true, value: { version, data } } : checked;
}

function understandKnown(
  type: string,
  version: string,
  data: JsonObject,
  versions: ReadonlyMap<string, KnownVersion>,
): Validated<Understood> {
  const known = versions.get(version);
  if (known === undefined) {
    return refusal('unknown_version', 'version', `${type} is known at ${[...versions.keys()].join(', ')}`);
  }
  if (!known.isValid(data)) {
    const parsed = known.entry.data.safeParse(data, parseParams);
    if (!parsed.success) return refusalOfIssues(parsed.error, 'data');
  }
  const last = known.upcasts.at(-1);
  if (last === undefined) return { ok: true, value: { version, data } };
  const upcast = upcastData(data, known.upcasts);
  return upcast.ok ? { ok: true, value: { version: last.to, data: upcast.value, upcastFrom: version } } : upcast;
}
