import { type AsIs, asIs } from '#shared/validation/as-is.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue/index.ts';
import { majorOf } from './catalogue/version.ts';
import type { JsonObject } from './event-envelope.ts';
import { UPCASTS } from './upcasting/upcasts.ts';
import type { UpcastStep } from './upcasting/upcast-data.ts';

/** A version of a catalogue type, and the way from it to the type's newest major. */
export interface KnownVersion {
  readonly entry: CatalogueEntry;
  /** Of the entry's `data`. */
  readonly isValid: AsIs<JsonObject>;
  /** Empty for the newest major. */
  readonly upcasts: readonly UpcastStep[];
}

/** By type, then by version. */
export const KNOWN_TYPES: ReadonlyMap<string, ReadonlyMap<string, KnownVersion>> = new Map(
  [...Map.groupBy(CATALOGUE, ({ type }) => type)].map(([type, entries]) => [
    type,
    new Map(
      entries.map((entry) => [
        entry.version,
        { entry, isValid: asIs(entry.data), upcasts: upcastsFrom(entry, entries) },
      ]),
    ),
  ]),
);

function upcastsFrom({ type, version }: CatalogueEntry, entries: readonly CatalogueEntry[]): UpcastStep[] {
  const steps: UpcastStep[] = [];
  let major = majorOf(version);
  for (;;) {
    const upcast = UPCASTS.find((one) => one.type === type && one.fromMajor === major);
    const target = entries.find((one) => one.version === upcast?.to);
    if (upcast === undefined || target === undefined) return steps;
    steps.push({ to: upcast.to, apply: upcast.apply, schema: target.data });
    major = majorOf(upcast.to);
  }
}
