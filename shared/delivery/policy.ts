/**
 * How every subscription of a tenant delivers. One place, because two sides depend on it: the tenant program configures
 * Pub/Sub with it, and `decide` must know which delivery is the last.
 */
export const DELIVERY_POLICY = {
  /** Deliveries before Pub/Sub forwards a message to the dead-letter topic (best effort: it may be a few more). */
  maxDeliveryAttempts: 10,
  minimumBackoffSeconds: 10,
  maximumBackoffSeconds: 600,
  ackDeadlineSeconds: 60,
  messageRetentionSeconds: 7 * 24 * 60 * 60,
} as const;
