import type { BatchPublishOptions } from '@google-cloud/pubsub';

/** Full batches, and a linger so short that it only ends a phase: what was best for a bare loop on two cores. */
export const BATCHING: BatchPublishOptions = { maxMessages: 1_000, maxBytes: 5 * 1024 * 1024, maxMilliseconds: 5 };
