import type { Processed } from './process-message.ts';
import type { PushedMessage } from './push-envelope.ts';

export type IsLogged = (processed: Processed, message: PushedMessage) => boolean;

/**
 * Of pushes that were applied at the first delivery, decided nothing and met no failure, the first of every `oneIn` is logged;
 * all others are.
 */
export function createPushSampling(oneIn: number): IsLogged {
  let applied = 0;
  return ({ outcome, decisions, failures }, { deliveryAttempt }) => {
    const isUsual = outcome === 'applied' && decisions === 0 && failures.length === 0 && deliveryAttempt === 1;
    return !isUsual || applied++ % oneIn === 0;
  };
}
