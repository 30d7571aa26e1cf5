import { Refusal } from '#shared/errors/refusals.ts';

/** Runs something for `key`. @throws what keeps out those who are too many */
export type RunInFlight<Key> = <Result>(key: Key, run: () => Promise<Result>) => Promise<Result>;

export interface InFlightLimit<Key> {
  /** By key. */
  readonly max: number;
  /** What one too many is told. Default: `too_many_in_flight`. */
  readonly refuse?: () => Refusal;
  /** Whether the limit holds for `key` at the moment; others are counted all the same. Default: always. */
  readonly holds?: (key: Key) => boolean;
}

/** Lets there be at most `max` of a key at a time, so that one who asks without end keeps nobody else waiting. */
export function limitInFlight<Key extends string>({
  max,
  refuse = () => new Refusal('too_many_in_flight', { detail: `At most ${max} at a time.` }),
  holds = () => true,
}: InFlightLimit<Key>): RunInFlight<Key> {
  const running = new Map<Key, number>();
  return async (key, run) => {
    const count = running.get(key) ?? 0;
    if (count >= max && holds(key)) throw refuse();
    running.set(key, count + 1);
    try {
      return await run();
    } finally {
      const left = (running.get(key) ?? 1) - 1;
      if (left === 0) running.delete(key);
      else running.set(key, left);
    }
  };
}
