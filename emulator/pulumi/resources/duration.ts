import { z } from 'zod';

/** A `google.protobuf.Duration` in proto3 JSON, such as `604800s`. */
export const Duration = z.string().regex(/^\d+(\.\d{1,9})?s$/, 'must be a number of seconds such as 600s');

/** The message that a gRPC client takes for it. */
export interface DurationMessage {
  seconds: number;
  nanos: number;
}

/** @param factor what the duration is multiplied by */
export function durationMessage(json: z.infer<typeof Duration>, factor = 1): DurationMessage {
  const seconds = Number(json.slice(0, -1)) * factor;
  const whole = Math.floor(seconds);
  return { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) };
}
