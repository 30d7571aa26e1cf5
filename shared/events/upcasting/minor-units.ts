/** What ISO 4217 writes where no currency is involved. */
export const NO_CURRENCY = 'XXX';

const USUAL_DIGITS = 2;

/** Currencies whose minor unit is not a hundredth. Not from Intl: its data change from one release of Node to another. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ...[
    'BIF',
    'CLP',
    'DJF',
    'GNF',
    'ISK',
    'JPY',
    'KMF',
    'KRW',
    'PYG',
    'RWF',
    'UGX',
    'UYI',
    'VND',
    'VUV',
    'XAF',
    'XOF',
    'XPF',
  ].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
  ...['CLF', 'UYW'].map((code) => [code, 4] as const),
]);

/** What a double holds of any decimal: 1.005 is rounded as it is written. */
const SIGNIFICANT_DIGITS = 15;

/**
 * The nearest whole number of minor units.
 *
 * @param amount in major units, not negative
 * @param currency ISO 4217, in capitals
 * @returns undefined where there is no currency, or the number would be too large to be exact.
 * @see https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
export function toMinorUnits(amount: number, currency: string): number | undefined {
  if (currency === NO_CURRENCY) return undefined;
  const scaled = amount * 10 ** (DIGITS.get(currency) ?? USUAL_DIGITS);
  if (scaled >= 10 ** SIGNIFICANT_DIGITS) return undefined;
  return Math.round(Number(scaled.toPrecision(SIGNIFICANT_DIGITS)));
}
