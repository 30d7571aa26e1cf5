import type { Standing } from '#shared/publishing/outages.ts';

export interface ReadinessOptions {
  /** What publications tell by themselves. */
  readonly standing: () => Standing;
  /** Whether Pub/Sub answers, within so many milliseconds. Never rejects. */
  readonly isReachable: (timeoutMs: number) => Promise<boolean>;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

const MAX_AGE_MS = 1_000;
const DEADLINE_MS = 1_000;

/**
 * Whether events can be taken in: not where nothing can be published, whosever it is. Where publications do not tell, Pub/Sub
 * is asked, at most once a second, whoever asks how often. Takes a second at most.
 */
export function createReadiness({
  standing,
  isReachable,
  now = () => performance.now(),
}: ReadinessOptions): () => Promise<boolean> {
  let askedAtMs = -Infinity;
  let answer = Promise.resolve(false);
  return async () => {
    const known = standing();
    if (known !== 'unknown') return known === 'works';
    if (now() - askedAtMs >= MAX_AGE_MS) {
      askedAtMs = now();
      answer = isReachable(DEADLINE_MS);
    }
    return answer;
  };
}
