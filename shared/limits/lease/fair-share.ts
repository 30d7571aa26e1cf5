/**
 * Splits `total` among demands as evenly as they allow: nobody gets more than it asks for while somebody else wants more,
 * and what nobody asks for is split evenly.
 *
 * @returns what the one at `index` gets.
 * @see https://en.wikipedia.org/wiki/Max-min_fairness
 */
export function fairShare(total: number, demands: readonly number[], index: number): number {
  const own = demands[index] ?? 0;
  const others = demands.toSorted((a, b) => a - b);
  let left = total;
  for (const [position, demand] of others.entries()) {
    const even = left / (others.length - position);
    if (demand >= even) return Math.min(own, even);
    left -= demand;
  }
  return own + left / demands.length;
}
