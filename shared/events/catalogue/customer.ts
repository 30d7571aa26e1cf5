import { z } from 'zod';
import type { CatalogueEntry } from './entry.ts';
import { Id, Timestamp, Word } from './fields.ts';

const customer = {
  id: Id,
  email: z.string().nullish(),
  name: z.string().nullish(),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be a two-letter ISO 3166 code')
    .nullish(),
  locale: Word.nullish(),
};

const ada = { id: 'cus_1234567890', email: 'ada@example.com', name: 'Ada Lovelace', country: 'GB', locale: 'en-GB' };
const subject = 'cus_1234567890';

export const CUSTOMER_EVENTS: readonly CatalogueEntry[] = [
  {
    type: 'customer.created',
    version: '1.0',
    description: 'Somebody became a customer.',
    data: z.looseObject({
      customer: z.looseObject({ ...customer, created_at: Timestamp.optional() }),
    }),
    example: { subject, data: { customer: { ...ada, created_at: '2026-11-20T10:29:58Z' } } },
  },
  {
    type: 'customer.updated',
    version: '1.0',
    description: "A customer's details changed.",
    data: z.looseObject({
      customer: z.looseObject(customer),
      previous: z.looseObject({}).optional().meta({ description: 'The values before, of what changed' }),
    }),
    example: { subject, data: { customer: ada, previous: { email: 'ada@old.example.com' } } },
  },
  {
    type: 'customer.updated',
    version: '1.1',
    description:
      "A customer's details changed. Since 1.1: which fields, by whom, and what may be sent to the customer.",
    data: z.looseObject({
      customer: z.looseObject({
        ...customer,
        phone: z.string().nullish(),
        consent: z
          .looseObject({ email: z.boolean().optional(), sms: z.boolean().optional(), given_at: Timestamp.optional() })
          .optional()
          .meta({ description: 'To be sent marketing' }),
      }),
      previous: z.looseObject({}).optional().meta({ description: 'The values before, of what changed' }),
      changed: z.array(Word).optional().meta({ description: 'Names of the fields that changed' }),
      changed_by: Word.optional().meta({ description: 'For instance customer, support, import' }),
    }),
    example: {
      subject,
      data: {
        customer: { ...ada, consent: { email: true, sms: false, given_at: '2026-11-20T10:29:58Z' } },
        previous: { email: 'ada@old.example.com' },
        changed: ['email', 'consent'],
        changed_by: 'customer',
      },
    },
  },
  {
    type: 'customer.deleted',
    version: '1.0',
    description: 'A customer left, or asked to be forgotten.',
    data: z.looseObject({
      customer: z.looseObject({ id: Id, deleted_at: Timestamp.optional() }),
      reason: Word.optional(),
    }),
    example: {
      subject,
      data: { customer: { id: 'cus_1234567890', deleted_at: '2027-02-01T00:00:00Z' }, reason: 'erasure_request' },
    },
  },
];
