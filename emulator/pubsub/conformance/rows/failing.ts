import type { Context } from '../context/context.ts';

const duration = (seconds: number): { seconds: number; nanos: number } => ({
  seconds: Math.floor(seconds),
  nanos: Math.round((seconds % 1) * 1e9),
});

/** A retry policy of so many seconds. */
export const policy = (minimum: number, maximum: number): { minimumBackoff: object; maximumBackoff: object } => ({
  minimumBackoff: duration(minimum),
  maximumBackoff: duration(maximum),
});

/** Fails a message by not acknowledging it in time. */
export const expire = async (context: Context, subscription: string): Promise<void> =>
  context.modifyAckDeadline(subscription, 1, await context.pullOne(subscription));
