import { CAMPAIGN_EVENTS } from './campaign.ts';
import { CUSTOMER_EVENTS } from './customer.ts';
import type { CatalogueEntry } from './entry.ts';
import { PAYMENT_EVENTS } from './payment.ts';
import { REFUND_EVENTS } from './refund.ts';
import { SUBSCRIPTION_EVENTS } from './subscription.ts';

export type { CatalogueEntry };

/** Every type that Headgate knows, at every version. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...SUBSCRIPTION_EVENTS,
  ...PAYMENT_EVENTS,
  ...REFUND_EVENTS,
  ...CUSTOMER_EVENTS,
  ...CAMPAIGN_EVENTS,
];
