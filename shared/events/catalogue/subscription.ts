import { z } from 'zod';
import type { CatalogueEntry } from './entry.ts';
import { Amount, Currency, Id, Timestamp, Word } from './fields.ts';

const subscription = {
  id: Id,
  customer_id: Id.optional(),
  status: Word.optional().meta({ description: 'For instance trialing, active, past_due, paused, cancelled' }),
  plan: Word.optional(),
  amount: Amount.optional(),
  currency: Currency.optional(),
  interval: Word.optional().meta({ description: 'For instance month or year' }),
  current_period_start: Timestamp.optional(),
  current_period_end: Timestamp.optional(),
};

const premium = {
  id: 'sub_1234567890',
  customer_id: 'cus_1234567890',
  status: 'active',
  plan: 'premium',
  amount: 49,
  currency: 'EUR',
  interval: 'month',
  current_period_start: '2026-11-20T10:30:00Z',
  current_period_end: '2026-12-20T10:30:00Z',
};

const subject = 'cus_1234567890';

export const SUBSCRIPTION_EVENTS: readonly CatalogueEntry[] = [
  {
    type: 'subscription.created',
    version: '1.0',
    description: 'A customer subscribed.',
    data: z.looseObject({
      subscription: z.looseObject({ ...subscription, trial_end: Timestamp.nullish() }),
    }),
    example: {
      subject,
      data: { subscription: { id: 'sub_1234567890', customer_id: 'cus_1234567890', status: 'active' } },
    },
  },
  {
    type: 'subscription.created',
    version: '1.1',
    description:
      'A customer subscribed. Since 1.1: how many seats, since when on trial, and what brought the customer.',
    data: z.looseObject({
      subscription: z.looseObject({
        ...subscription,
        trial_start: Timestamp.nullish(),
        trial_end: Timestamp.nullish(),
        quantity: z.int('must be a whole number').positive('must be at least 1').optional(),
        coupon: Word.nullish(),
      }),
      acquisition: z
        .looseObject({
          channel: Word.optional().meta({ description: 'For instance web, app_store, sales' }),
          campaign_id: Id.nullish(),
        })
        .optional(),
    }),
    example: {
      subject,
      data: {
        subscription: { ...premium, trial_start: null, trial_end: null, quantity: 3, coupon: 'BF26' },
        acquisition: { channel: 'web', campaign_id: 'cmp_bf_2026' },
      },
    },
  },
  {
    type: 'subscription.updated',
    version: '1.0',
    description: 'A subscription changed: its plan, its price or its status.',
    data: z.looseObject({
      subscription: z.looseObject(subscription),
      previous: z.looseObject({}).optional().meta({ description: 'The values before, of what changed' }),
    }),
    example: { subject, data: { subscription: premium, previous: { plan: 'basic', amount: 19 } } },
  },
  {
    type: 'subscription.cancelled',
    version: '1.0',
    description: 'A subscription was cancelled, at once or at the end of its period.',
    data: z.looseObject({
      subscription: z.looseObject({
        ...subscription,
        cancelled_at: Timestamp.optional(),
        cancel_at_period_end: z.boolean().optional(),
      }),
      reason: Word.optional(),
    }),
    example: {
      subject,
      data: {
        subscription: {
          ...premium,
          status: 'cancelled',
          cancelled_at: '2026-11-28T08:12:45Z',
          cancel_at_period_end: true,
        },
        reason: 'too_expensive',
      },
    },
  },
  {
    type: 'subscription.renewed',
    version: '1.0',
    description: 'A subscription entered its next period.',
    data: z.looseObject({
      subscription: z.looseObject(subscription),
      invoice_id: Id.optional(),
    }),
    example: {
      subject,
      data: {
        subscription: {
          ...premium,
          current_period_start: '2026-12-20T10:30:00Z',
          current_period_end: '2027-01-20T10:30:00Z',
        },
        invoice_id: 'inv_20261220_17',
      },
    },
  },
  {
    type: 'subscription.paused',
    version: '1.0',
    description: 'A subscription rests; nothing is charged until it resumes.',
    data: z.looseObject({
      subscription: z.looseObject({ ...subscription, paused_at: Timestamp.optional() }),
      resumes_at: Timestamp.nullish(),
      reason: Word.optional(),
    }),
    example: {
      subject,
      data: {
        subscription: { ...premium, status: 'paused', paused_at: '2026-11-25T09:00:00Z' },
        resumes_at: '2027-01-25T09:00:00Z',
        reason: 'travelling',
      },
    },
  },
  {
    type: 'subscription.resumed',
    version: '1.0',
    description: 'A paused subscription goes on.',
    data: z.looseObject({
      subscription: z.looseObject({ ...subscription, resumed_at: Timestamp.optional() }),
    }),
    example: { subject, data: { subscription: { ...premium, resumed_at: '2027-01-25T09:00:00Z' } } },
  },
];
