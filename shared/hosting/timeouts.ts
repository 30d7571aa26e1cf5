import type { ServerOptions } from 'node:http';

/** How long clients may take, in milliseconds; names of `http.createServer`'s options. */
export type Timeouts = Required<
  Pick<ServerOptions, 'requestTimeout' | 'headersTimeout' | 'connectionsCheckingInterval' | 'keepAliveTimeout'>
>;

export const TIMEOUTS = {
  /** To send a whole request. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** What took too long is looked for so often, so that it may take that much longer. */
  connectionsCheckingInterval: 5_000,
  /** Longer than load balancers keep an idle connection, so that they close it, not we. */
  keepAliveTimeout: 620_000,
} as const satisfies Timeouts;
