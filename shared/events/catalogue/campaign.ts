import { z } from 'zod';
import type { CatalogueEntry } from './entry.ts';
import { Amount, Currency, Id, Timestamp, Word } from './fields.ts';

const campaign = {
  id: Id,
  name: z.string().optional(),
  channel: Word.optional().meta({ description: 'For instance email, push, in_app' }),
  starts_at: Timestamp.optional(),
  ends_at: Timestamp.nullish(),
};

const blackFriday = {
  id: 'cmp_bf_2026',
  name: 'Black Friday 2026',
  channel: 'email',
  starts_at: '2026-11-27T00:00:00Z',
  ends_at: '2026-11-30T23:59:59Z',
};

const subject = 'cus_1234567890';

export const CAMPAIGN_EVENTS: readonly CatalogueEntry[] = [
  {
    type: 'campaign.activated',
    version: '1.0',
    description: 'A campaign began for a customer.',
    data: z.looseObject({
      campaign: z.looseObject(campaign),
      segment: Word.optional(),
    }),
    example: { subject, data: { campaign: blackFriday, segment: 'premium_at_risk' } },
  },
  {
    type: 'campaign.applied',
    version: '1.0',
    description: "A customer took a campaign's offer.",
    data: z.looseObject({
      campaign: z.looseObject(campaign),
      offer: z
        .looseObject({
          code: Word.optional(),
          discount_amount: Amount.optional(),
          discount_percent: z.number().min(0, 'must be 0 to 100').max(100, 'must be 0 to 100').optional(),
          currency: Currency.optional(),
        })
        .optional(),
      order_id: Id.optional(),
    }),
    example: {
      subject,
      data: {
        campaign: blackFriday,
        offer: { code: 'BF26', discount_percent: 30 },
        order_id: 'ord_5521',
      },
    },
  },
  {
    type: 'campaign.expired',
    version: '1.0',
    description: 'A campaign ended for a customer who had not taken its offer.',
    data: z.looseObject({
      campaign: z.looseObject({ ...campaign, expired_at: Timestamp.optional() }),
    }),
    example: { subject, data: { campaign: { ...blackFriday, expired_at: '2026-12-01T00:00:00Z' } } },
  },
];
