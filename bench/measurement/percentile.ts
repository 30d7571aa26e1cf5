/**
 * The value that `percent` of the values are not above, by nearest rank: always one that was measured.
 *
 * @param sorted ascending.
 * @returns undefined where there are no values.
 */
export function percentile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1];
}
