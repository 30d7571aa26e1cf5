import { mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleFunctions } from '#infra/platform/bundle/bundle.ts';
import { warm } from '#infra/platform/bundle/warm.ts';

/** In the repository, where the packages that stay outside of a bundle are found. */
const PLACE = fileURLToPath(new URL('../../dist-of-', import.meta.url));

/** The functions as they are deployed, in a directory of its own that goes with it. */
export async function makeBundle(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(PLACE);
  const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    await bundleFunctions(directory);
    await warm(directory);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { directory, [Symbol.asyncDispose]: dispose };
}
