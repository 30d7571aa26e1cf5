import { z } from 'zod';
import type { CatalogueEntry } from './entry.ts';
import { Amount, Currency, Id, Timestamp, Word } from './fields.ts';

const payment = {
  id: Id,
  customer_id: Id.optional(),
  subscription_id: Id.optional(),
  invoice_id: Id.optional(),
  amount: Amount.optional(),
  currency: Currency.optional(),
  status: Word.optional(),
  method: Word.optional().meta({ description: 'For instance card, sepa_debit, paypal' }),
};

const card = {
  id: 'pay_7Hq2mX',
  customer_id: 'cus_1234567890',
  subscription_id: 'sub_1234567890',
  invoice_id: 'inv_20261120_03',
  amount: 49,
  currency: 'EUR',
  method: 'card',
};

const failed = {
  ...payment,
  failure_code: Word.optional(),
  failure_message: z.string().optional(),
  attempt: z.int('must be a whole number').positive('must be at least 1').optional(),
  next_attempt_at: Timestamp.nullish(),
};

const insufficientFunds = {
  ...card,
  status: 'failed',
  failure_code: 'insufficient_funds',
  failure_message: 'The card has insufficient funds.',
  attempt: 2,
  next_attempt_at: '2026-11-23T10:30:00Z',
};

const subject = 'cus_1234567890';

export const PAYMENT_EVENTS: readonly CatalogueEntry[] = [
  {
    type: 'payment.authorized',
    version: '1.0',
    description: 'The issuer holds the amount; nothing has moved yet.',
    data: z.looseObject({
      payment: z.looseObject({ ...payment, authorization_code: Word.optional(), expires_at: Timestamp.optional() }),
    }),
    example: {
      subject,
      data: {
        payment: { ...card, status: 'authorized', authorization_code: 'A8841', expires_at: '2026-11-27T10:30:00Z' },
      },
    },
  },
  {
    type: 'payment.captured',
    version: '1.0',
    description: 'The amount was taken.',
    data: z.looseObject({
      payment: z.looseObject({ ...payment, captured_amount: Amount.optional(), captured_at: Timestamp.optional() }),
    }),
    example: {
      subject,
      data: { payment: { ...card, status: 'captured', captured_amount: 49, captured_at: '2026-11-20T10:30:04Z' } },
    },
  },
  {
    type: 'payment.failed',
    version: '1.0',
    description: 'An attempt to take the amount was refused.',
    data: z.looseObject({ payment: z.looseObject(failed) }),
    example: { subject, data: { payment: insufficientFunds } },
  },
  {
    type: 'payment.failed',
    version: '1.1',
    description: 'An attempt to take the amount was refused. Since 1.1: by whom, and whether it is worth trying again.',
    data: z.looseObject({
      payment: z.looseObject({
        ...failed,
        declined_by: Word.optional().meta({ description: 'For instance issuer, network, gateway, fraud_check' }),
        network: Word.optional().meta({ description: 'For instance visa, mastercard, sepa' }),
        retryable: z.boolean().optional().meta({ description: 'Whether the same attempt may succeed later' }),
      }),
    }),
    example: {
      subject,
      data: { payment: { ...insufficientFunds, declined_by: 'issuer', network: 'visa', retryable: true } },
    },
  },
  {
    type: 'payment.disputed',
    version: '1.0',
    description: 'The cardholder contests a payment.',
    data: z.looseObject({
      payment: z.looseObject(payment),
      dispute: z
        .looseObject({
          id: Id.optional(),
          amount: Amount.optional(),
          reason: Word.optional(),
          respond_by: Timestamp.optional(),
        })
        .optional(),
    }),
    example: {
      subject,
      data: {
        payment: { ...card, status: 'disputed' },
        dispute: { id: 'dis_12', amount: 49, reason: 'fraudulent', respond_by: '2026-12-04T23:59:59Z' },
      },
    },
  },
];
