/** Attribute of a message that is sent again to one subscription only. Its value is the subscription's id. */
export const REDRIVE_TO = 'redrive_to';

/**
 * The filter of each subscription of a tenant's streams: all messages, but for those that are sent again to another
 * subscription. So what one subscriber could not process comes back to it alone, by the topic it came from.
 *
 * A filter can never be changed, so every subscription has it from the start. The dead letters' own have none: a message that
 * is sent again and fails again still says whom it was meant for, and would be filtered out of the only place it is kept in.
 *
 * @see https://cloud.google.com/pubsub/docs/subscription-message-filter
 */
export function redriveFilter(subscriptionId: string): string {
  return `NOT attributes:${REDRIVE_TO} OR attributes.${REDRIVE_TO} = "${subscriptionId}"`;
}
