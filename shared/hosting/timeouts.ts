import type { Server } from 'node:http';

/** How long clients may take, in milliseconds; names of `http.Server`. */
export const TIMEOUTS = {
  /** To send a whole request. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** Longer than load balancers keep an idle connection, so that they close it, not we. */
  keepAliveTimeout: 620_000,
} as const satisfies Partial<Server>;
