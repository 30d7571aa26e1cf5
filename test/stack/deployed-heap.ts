/**
 * Gives a functions process the heap that a deployed instance of `ingest` has: Cloud Run gives it 1 GiB (`infra/platform`), and Node takes
 * half of what a container has.
 */
export const DEPLOYED_HEAP = { NODE_OPTIONS: '--max-old-space-size=512' };
