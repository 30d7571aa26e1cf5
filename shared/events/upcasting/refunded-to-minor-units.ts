import type { JsonObject } from '../event-envelope.ts';
import { NO_CURRENCY, toMinorUnits } from './minor-units.ts';
import type { Upcast } from './upcast.ts';

/** What 1.x says of it; further fields are the customer's own. */
interface Refunded {
  readonly payment: JsonObject & { readonly amount?: number; readonly currency?: string };
  readonly refund?: JsonObject & { readonly amount?: number };
}

/**
 * `amount` stays as it was sent, and `amount_minor` stands beside it, where it can be told: without a currency, or beyond
 * what a number holds exactly, there is only `amount`. A field of the customer's own that is called `amount_minor` is
 * kept as `amount_minor_1x`.
 */
export const REFUNDED_TO_MINOR_UNITS: Upcast = {
  type: 'payment.refunded',
  fromMajor: 1,
  to: '2.0',
  apply: (data) => {
    const { payment, refund = {} } = data as unknown as Refunded;
    const currency = payment.currency?.toUpperCase() ?? NO_CURRENCY;
    return {
      ...data,
      payment: { ...withMinorUnits(payment, currency), currency },
      refund: withMinorUnits(refund, currency),
    };
  },
};

function withMinorUnits(holder: JsonObject & { readonly amount?: number }, currency: string): JsonObject {
  const { amount_minor: own, ...rest } = holder;
  const minor = holder.amount === undefined ? undefined : toMinorUnits(holder.amount, currency);
  return {
    ...rest,
    ...(minor === undefined ? {} : { amount_minor: minor }),
    ...(own === undefined ? {} : { amount_minor_1x: own }),
  };
}
