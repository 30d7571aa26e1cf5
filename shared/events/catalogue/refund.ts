import { z } from 'zod';
import type { CatalogueEntry } from './entry.ts';
import { Amount, Currency, CurrencyCode, Id, MinorUnits, Word } from './fields.ts';

const payment = {
  id: Id,
  customer_id: Id.optional(),
  subscription_id: Id.optional(),
  invoice_id: Id.optional(),
  status: Word.optional(),
  method: Word.optional().meta({ description: 'For instance card, sepa_debit, paypal' }),
};

const card = {
  id: 'pay_7Hq2mX',
  customer_id: 'cus_1234567890',
  subscription_id: 'sub_1234567890',
  invoice_id: 'inv_20261120_03',
  currency: 'EUR',
  method: 'card',
  status: 'refunded',
};

const refund = { id: 'ref_91', reason: 'requested_by_customer' };
const subject = 'cus_1234567890';

export const REFUND_EVENTS: readonly CatalogueEntry[] = [
  {
    type: 'payment.refunded',
    version: '1.0',
    description: 'All or part of a captured amount went back.',
    data: z.looseObject({
      payment: z.looseObject({ ...payment, amount: Amount.optional(), currency: Currency.optional() }),
      refund: z.looseObject({ id: Id.optional(), amount: Amount.optional(), reason: Word.optional() }).optional(),
    }),
    example: { subject, data: { payment: { ...card, amount: 49 }, refund: { ...refund, amount: 49 } } },
  },
  {
    type: 'payment.refunded',
    version: '2.0',
    description:
      'All or part of a captured amount went back. Since 2.0 the currency is required, and amounts are whole numbers of ' +
      'its minor unit: as decimals without a currency they could not be added up.',
    data: z.looseObject({
      payment: z.looseObject({ ...payment, amount_minor: MinorUnits.optional(), currency: CurrencyCode }),
      refund: z.looseObject({ id: Id.optional(), amount_minor: MinorUnits.optional(), reason: Word.optional() }),
    }),
    example: {
      subject,
      data: { payment: { ...card, amount_minor: 4900 }, refund: { ...refund, amount_minor: 4900 } },
    },
  },
];
