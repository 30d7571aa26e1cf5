import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { JsonSchema } from '#shared/events/json-schema.ts';
import type { CatalogueEntry } from '../entry.ts';
import { byVersion, majorOf } from '../version.ts';
import { incompatibilities } from './compatibility.ts';
import { frozenFileName, frozenSchemaOf } from './frozen-schema.ts';

/** A version would refuse what an earlier minor of its major accepts. The message names every place. */
export class IncompatibleMinorError extends Error {
  override readonly name = 'IncompatibleMinorError';
}

/**
 * Writes the schema of each entry that has no file in `directory` yet. A file that is there is never written to: what was
 * published stays what it was.
 *
 * @returns names of the files written.
 * @throws {IncompatibleMinorError} before anything of that entry is written
 */
export async function freeze(directory: URL, entries: readonly CatalogueEntry[]): Promise<string[]> {
  const written: string[] = [];
  const present = new Set(await readdir(directory));
  for (const entry of entries.toSorted((a, b) => byVersion(a.version, b.version))) {
    const name = frozenFileName(entry);
    if (present.has(name)) continue;
    const schema = frozenSchemaOf(entry);
    for (const earlier of earlierMinors(entry, entries)) {
      const found = incompatibilities(await readFrozen(directory, earlier), schema, 'later-minor');
      if (found.length > 0) {
        throw new IncompatibleMinorError(`${name} against ${earlier.version}: ${found.join('; ')}`);
      }
    }
    await writeFile(new URL(name, directory), `${JSON.stringify(schema, null, 2)}\n`, { flag: 'wx' });
    written.push(name);
  }
  return written;
}

/** Entries of the same type and major that came before. */
export function earlierMinors(entry: CatalogueEntry, entries: readonly CatalogueEntry[]): CatalogueEntry[] {
  return entries.filter(
    ({ type, version }) =>
      type === entry.type && majorOf(version) === majorOf(entry.version) && byVersion(version, entry.version) < 0,
  );
}

/** @throws when the entry has no frozen file. */
export async function readFrozen(directory: URL, entry: Pick<CatalogueEntry, 'type' | 'version'>): Promise<JsonSchema> {
  return JSON.parse(await readFile(new URL(frozenFileName(entry), directory), 'utf8')) as JsonSchema;
}
