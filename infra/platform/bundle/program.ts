import { join } from 'node:path';

/**
 * What Node is told beside the program; the image's command says the same.
 *
 * Megabytes. Most of what a request makes lives as long as its acknowledgement takes: with room for it, little is copied by the
 * collector (two thirds of the CPU of 16 at full load). With more, bodies that were read long ago are freed so late that the whole heap is
 * collected every two seconds, which a quiet tenant notices beside a busy one (`npm run bench -- fairness`).
 */
export const NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=32'];

/** What Node has compiled of the bundle in `directory`: the value of `NODE_COMPILE_CACHE`. */
export function compileCacheOf(directory: string): string {
  return join(directory, 'compiled');
}
