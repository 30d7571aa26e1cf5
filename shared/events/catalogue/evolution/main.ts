/** Publishes the catalogue's new entries: `npm run freeze`. */
import { CATALOGUE } from '../index.ts';
import { freeze } from './freeze.ts';
import { FROZEN_DIRECTORY } from './frozen-schema.ts';

const written = await freeze(FROZEN_DIRECTORY, CATALOGUE);
process.stdout.write(written.length === 0 ? 'Every entry is frozen already.\n' : `${written.join('\n')}\n`);
