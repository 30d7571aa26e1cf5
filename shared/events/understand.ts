import type { JsonObject } from './event-envelope.ts';
import { KNOWN_TYPES, type KnownVersion } from './known-types.ts';
import { reasonOf, refusal, refusalOfIssues, type Validated } from './problems.ts';
import { upcastData } from './upcasting/upcast-data.ts';

/** What an event's type, version and data come to. */
export interface Understood {
  readonly version: string;
  readonly data: JsonObject;
  /** The version it was sent as, where it was brought to a newer major. */
  readonly upcastFrom?: string;
}

const parseParams = { error: reasonOf };

/**
 * Decides what `data` is: valid by the catalogue as of the version that was sent, and then brought to the type's newest
 * major, so that rules, warehouse and archive see one shape of a type. Never throws.
 */
export function understand(
  type: string,
  version: string,
  data: JsonObject,
  { mode }: { readonly mode: 'open' | 'strict' },
): Validated<Understood> {
  const versions = KNOWN_TYPES.get(type);
  if (versions !== undefined) return understandKnown(type, version, data, versions);
  return mode === 'open'
    ? { ok: true, value: { version, data } }
    : refusal('unknown_type', 'type', 'not in the catalogue');
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
  const parsed = known.entry.data.safeParse(data, parseParams);
  if (!parsed.success) return refusalOfIssues(parsed.error, 'data');
  const last = known.upcasts.at(-1);
  if (last === undefined) return { ok: true, value: { version, data } };
  const upcast = upcastData(data, known.upcasts);
  return upcast.ok ? { ok: true, value: { version: last.to, data: upcast.value, upcastFrom: version } } : upcast;
}
