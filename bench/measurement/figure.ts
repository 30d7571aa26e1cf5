/** With thousands set apart; `-` where there is no figure. Without `digits`: three significant ones at least. */
export function figure(value: number | undefined, digits?: number): string {
  if (value === undefined) return '-';
  const fractionDigits = digits ?? (value < 10 ? 2 : value < 100 ? 1 : 0);
  return value.toLocaleString('en-US', {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}
