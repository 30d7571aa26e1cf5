import { defineConfig } from 'vitest/config';

/** No Google library looks for a metadata server that is not there. */
const env = { METADATA_SERVER_DETECTION: 'none' };

/** A test that needs timers of a busy machine may be given a second try, which the report names. None unless asked for. */
const retry = Number(process.env['HEADGATE_TEST_RETRIES'] ?? 0);

/**
 * `unit`: one module each, beside its source. `e2e`: whole local clouds, two files at a time. `contract`: every
 * answer, on both hosts. `security`: attacks on
 * one local cloud. `fairness`: what tenants notice of each other, and their limits, under load. `faults`: load on local clouds, while
 * something breaks.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['{shared,functions,infra,emulator,bench}/**/*.test.ts'],
          // Two processes for all files, and not one for each: what a file changes of its process it puts back.
          isolate: false,
          maxWorkers: 2,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          env,
          retry,
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          // What breaks something has a cloud of its own, and much of its time it waits.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'contract',
          env,
          retry,
          include: ['test/contract/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'security',
          env,
          retry,
          include: ['test/security/**/*.test.ts'],
          globalSetup: ['test/security/global-setup.ts'],
          setupFiles: ['test/security/nothing-published.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'fairness',
          env,
          retry,
          include: ['test/fairness/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 400_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'faults',
          env,
          retry,
          include: ['test/faults/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 400_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
