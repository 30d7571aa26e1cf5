import type { Lease } from './lease.ts';

/** How much a consumer takes at this moment, in one delivery. */
export interface Room {
  readonly messages: number;
  /** A message that begins below it is still taken, so that a large one is never stuck. */
  readonly bytes: number;
}

/** Whoever messages of a subscription are handed to: a pull, a stream, a push endpoint, a table. */
export interface Consumer {
  /** How long what it is handed is leased to it; infinite where it always answers itself. */
  readonly ackDeadlineMs: number;
  /** Whether it takes several messages of one ordering key at a time, in order. */
  readonly takesKeysInBatches: boolean;
  room(): Room | undefined;
  deliver(leases: readonly Lease[]): void;
  /** A message handed to it is outstanding no longer: acknowledged, nacked or expired. */
  onSettled(lease: Lease): void;
}
