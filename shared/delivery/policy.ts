/** How every subscription of a tenant delivers. */
export const DELIVERY_POLICY = {
  /**
   * Deliveries before Pub/Sub forwards a message to the dead-letter topic (best effort: it may be a few more). The most that
   * there can be: with the pauses below they take 15 hours and more, so no outage of ours that anybody would sleep through makes dead letters
   * of events that are well. What can never succeed does not wait for it: `decide` hands it over at once.
   */
  maxDeliveryAttempts: 100,
  minimumBackoffSeconds: 10,
  maximumBackoffSeconds: 600,
  ackDeadlineSeconds: 60,
  messageRetentionSeconds: 7 * 24 * 60 * 60,
} as const;
