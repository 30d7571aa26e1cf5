import { countValues } from '#shared/events/json-values.ts';
import { APPLIED_RETENTION_MS, LIMITS } from './limits.ts';

/** A value a property was given. `null` says that it was deleted: kept, so that an older value arriving later is not set. */
interface PropertyVersion {
  readonly value: unknown;
  readonly timestampMs: number;
  readonly receivedAtMs: number;
  /** There was an older version, which is no longer held. */
  readonly replacedOlder?: true;
}

/** By property name. First the version that holds, then the few it replaced last, newest first. */
export type Properties = Readonly<Record<string, readonly PropertyVersion[]>>;

/** A change that would make a subject's properties larger than a profile can hold. It can never succeed. */
export class PropertiesTooLargeError extends Error {
  override readonly name = 'PropertiesTooLargeError';
}

export interface PropertyChange {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly timestampMs: number;
  readonly receivedAtMs: number;
}

/**
 * The newest value by `timestamp` holds, whatever order changes arrive in; ties go to the one received later. Applying a
 * change twice changes nothing.
 *
 * @throws {PropertiesTooLargeError}
 */
export function applyProperties(before: Properties, change: PropertyChange, nowMs: number): Properties {
  const after: Record<string, readonly PropertyVersion[]> = Object.create(null);
  for (const [name, versions] of Object.entries(before)) {
    if (!isExpiredDeletion(versions, nowMs)) after[name] = versions;
  }
  const { timestampMs, receivedAtMs } = change;
  for (const [name, value] of Object.entries(change.properties)) {
    after[name] = insert(after[name] ?? [], { value, timestampMs, receivedAtMs });
  }
  const bytes = Buffer.byteLength(JSON.stringify(after));
  if (bytes > LIMITS.propertiesBytes) {
    throw new PropertiesTooLargeError(`properties: would take ${bytes} bytes, more than ${LIMITS.propertiesBytes}`);
  }
  const values = Object.values(after).flat();
  const count = values.reduce((sum, { value }) => sum + countValues(value), 0);
  if (count > LIMITS.propertyValues) {
    throw new PropertiesTooLargeError(
      `properties: would hold ${count} JSON values, more than ${LIMITS.propertyValues}`,
    );
  }
  return after;
}

/**
 * @returns what a property was when `receivedAtMs` was the newest receipt, undefined where it was not set. Where that is too
 * long ago to tell, the oldest value held.
 */
export function propertyAsOf(properties: Properties, name: string, receivedAtMs: number): unknown {
  const versions = Object.hasOwn(properties, name) ? (properties[name] ?? []) : [];
  const oldest = versions.at(-1);
  const version =
    versions.find((candidate) => candidate.receivedAtMs <= receivedAtMs) ??
    (oldest?.replacedOlder === true ? oldest : undefined);
  return version?.value ?? undefined;
}

/** @returns name and value of every property that was set then: see {@link propertyAsOf}. */
export function propertiesAsOf(properties: Properties, receivedAtMs: number): Map<string, unknown> {
  const known = new Map<string, unknown>();
  for (const name of Object.keys(properties)) {
    const value = propertyAsOf(properties, name, receivedAtMs);
    if (value !== undefined) known.set(name, value);
  }
  return known;
}

function insert(versions: readonly PropertyVersion[], added: PropertyVersion): readonly PropertyVersion[] {
  if (versions.some((version) => compare(version, added) === 0)) return versions;
  const [holds = added, ...superseded] = [...versions, added].sort((a, b) => compare(b, a));
  const kept = [holds, ...superseded.filter(isSmall).slice(0, LIMITS.supersededValues)];
  const replacedOlder = kept.length <= superseded.length || versions.some((version) => version.replacedOlder);
  return kept.map(({ replacedOlder: _moved, ...version }, i) =>
    replacedOlder && i === kept.length - 1 ? { ...version, replacedOlder } : version,
  );
}

/** By time, then receipt; then by value, so that the order of arrival never decides. */
function compare(a: PropertyVersion, b: PropertyVersion): number {
  if (a.timestampMs !== b.timestampMs) return a.timestampMs - b.timestampMs;
  if (a.receivedAtMs !== b.receivedAtMs) return a.receivedAtMs - b.receivedAtMs;
  const [textOfA, textOfB] = [JSON.stringify(a.value), JSON.stringify(b.value)];
  return textOfA === textOfB ? 0 : textOfA < textOfB ? -1 : 1;
}

function isSmall(version: PropertyVersion): boolean {
  return JSON.stringify(version.value).length <= LIMITS.supersededValueBytes;
}

function isExpiredDeletion([holds]: readonly PropertyVersion[], nowMs: number): boolean {
  return holds?.value === null && holds.receivedAtMs < nowMs - APPLIED_RETENTION_MS;
}
