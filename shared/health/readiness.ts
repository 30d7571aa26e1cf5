const MAX_AGE_MS = 1_000;
const DEADLINE_MS = 1_000;

/**
 * Whether events can be taken in. Asks at most once a second, whoever asks how often, and takes a second at most.
 */
export function createReadiness(
  isReachable: (timeoutMs: number) => Promise<boolean>,
  now: () => number = () => performance.now(),
): () => Promise<boolean> {
  let askedAtMs = -Infinity;
  let answer = Promise.resolve(false);
  return () => {
    if (now() - askedAtMs >= MAX_AGE_MS) {
      askedAtMs = now();
      answer = isReachable(DEADLINE_MS);
    }
    return answer;
  };
}
