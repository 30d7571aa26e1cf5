/** A sequence of numbers in [0, 1) that is the same for the same seed. @see https://en.wikipedia.org/wiki/Xorshift */
export function createRandom(seed: number): () => number {
  // Neighbouring seeds are spread apart; the state must not be 0.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
