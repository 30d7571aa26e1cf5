const FIRST_MS = 40;
const LAST_MS = 1_000;

/**
 * What to wait before a subject is tried again that others keep changing: the time of a commit, doubled each time up to a
 * second, and spread, since who lost together would meet again. Shorter, and commits are wasted; longer, and a few wait for
 * very long: in the meantime messages gather, and are applied together.
 *
 * @param conflicts in a row, this one included
 * @param random in [0, 1)
 */
export function backoffMs(conflicts: number, random: number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** (conflicts - 1)) * (0.5 + random);
}
