/** Whether `value`, parsed JSON, is nested at most `levels` deep. Looks no deeper, so that no value costs more stack. */
export function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((element) => isWithinDepth(element, levels - 1));
  for (const key in value) {
    const child = (value as Record<string, unknown>)[key];
    if (typeof child === 'object' && child !== null && !isWithinDepth(child, levels - 1)) return false;
  }
  return true;
}
