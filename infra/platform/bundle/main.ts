/** `npm run build`: the functions as they are deployed, in `dist`. */
import { fileURLToPath } from 'node:url';
import { bundleFunctions } from './bundle.ts';
import { warm } from './warm.ts';

const directory = process.argv[2] ?? fileURLToPath(new URL('../../../dist', import.meta.url));
await bundleFunctions(directory);
await warm(directory);
