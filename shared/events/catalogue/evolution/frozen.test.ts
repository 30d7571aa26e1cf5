import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { CatalogueEntry } from '../entry.ts';
import { CATALOGUE } from '../index.ts';
import { majorOf } from '../version.ts';
import { arbitraryOf } from './arbitrary-data.ts';
import { incompatibilities } from './compatibility.ts';
import { earlierMinors, freeze, IncompatibleMinorError, readFrozen } from './freeze.ts';
import { FROZEN_DIRECTORY, frozenFileName, frozenSchemaOf } from './frozen-schema.ts';

test('every entry is frozen, and nothing that is frozen has gone (npm run freeze publishes a new one)', async () => {
  const files = await readdir(FROZEN_DIRECTORY);
  expect(files.sort()).toEqual(CATALOGUE.map(frozenFileName).sort());
});

/** Each entry against itself as it was published, and against every earlier minor of its major. */
const PAIRS = CATALOGUE.flatMap((newer) =>
  [newer, ...earlierMinors(newer, CATALOGUE)].map((older) => ({
    newer,
    older,
    name: `${newer.type} ${newer.version} against ${older.version} as published`,
    relation: newer === older ? ('same-version' as const) : ('later-minor' as const),
  })),
);

describe('what was published once is accepted for good', () => {
  test.each(PAIRS)('$name, by its schema', async ({ newer, older, relation }) => {
    expect(incompatibilities(await readFrozen(FROZEN_DIRECTORY, older), frozenSchemaOf(newer), relation)).toEqual([]);
  });

  test.each(PAIRS)('$name, by samples', async ({ newer, older }) => {
    const sample = arbitraryOf(await readFrozen(FROZEN_DIRECTORY, older));
    fc.assert(
      fc.property(sample, (data) => {
        expect(newer.data.safeParse(data).error).toBeUndefined();
      }),
    );
  });

  test('there are such pairs: three types have a second minor, and one a second major', () => {
    expect(PAIRS.filter(({ relation }) => relation === 'later-minor').map(({ newer }) => newer.type)).toEqual([
      'subscription.created',
      'payment.failed',
      'customer.updated',
    ]);
    expect(CATALOGUE.filter(({ version }) => majorOf(version) > 1).map(({ type }) => type)).toEqual([
      'payment.refunded',
    ]);
  });
});

describe('npm run freeze', () => {
  const entry = (version: string, fields: z.ZodRawShape): CatalogueEntry => ({
    type: 'order.placed',
    version,
    description: 'An order was placed.',
    data: z.looseObject(fields),
    example: { subject: 'cus_1', data: {} },
  });
  const emptyDirectory = async (): Promise<URL> => pathToFileURL(`${await mkdtemp(`${tmpdir()}/headgate-frozen-`)}/`);

  test('writes what is new, and never to a file that is there', async () => {
    const directory = await emptyDirectory();
    const first = entry('1.0', { total: z.number().optional() });
    expect(await freeze(directory, [first])).toEqual(['order.placed.1.0.json']);
    expect(await readFrozen(directory, first)).toEqual(frozenSchemaOf(first));

    const published = JSON.stringify({ ...frozenSchemaOf(first), title: 'As it was published' });
    await writeFile(new URL('order.placed.1.0.json', directory), published);
    const second = entry('1.1', { total: z.number().optional(), currency: z.string().optional() });
    expect(await freeze(directory, [second, entry('1.0', {})])).toEqual(['order.placed.1.1.json']);
    expect(await readFile(new URL('order.placed.1.0.json', directory), 'utf8')).toBe(published);
    expect(await freeze(directory, [first, second])).toEqual([]);
  });

  test('refuses a minor that would refuse what an earlier one accepts, and takes a major', async () => {
    const directory = await emptyDirectory();
    const first = entry('1.0', { total: z.number().optional() });
    const stricter = { total: z.number() };
    await expect(freeze(directory, [first, entry('1.1', stricter)])).rejects.toThrow(IncompatibleMinorError);
    expect(await readdir(directory)).toEqual(['order.placed.1.0.json']);
    expect(await freeze(directory, [first, entry('2.0', stricter)])).toEqual(['order.placed.2.0.json']);
  });
});
