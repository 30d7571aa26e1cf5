import { CAMPAIGN_EVENTS } from './campaign.ts';
import { CUSTOMER_EVENTS } from './customer.ts';
import type { CatalogueEntry } from './entry.ts';
import { PAYMENT_EVENTS } from './payment.ts';
import { SUBSCRIPTION_EVENTS } from './subscription.ts';

export type { CatalogueEntry };

/** Every type that Headgate knows, at every version. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...SUBSCRIPTION_EVENTS,
  ...PAYMENT_EVENTS,
  ...CUSTOMER_EVENTS,
  ...CAMPAIGN_EVENTS,
];

const versionsByType = Map.groupBy(CATALOGUE, (entry) => entry.type);

/** The versions of `type` in the catalogue, or undefined where it is none of the catalogue's. */
export function catalogueVersions(type: string): readonly CatalogueEntry[] | undefined {
  return versionsByType.get(type);
}
