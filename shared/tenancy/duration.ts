const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `24h`, `30m`, `90s`, `7d`: one whole number and one unit. */
export const DURATION_PATTERN = /^([1-9]\d{0,7})([smhd])$/;

/** @returns milliseconds. @throws {RangeError} when `text` is not of {@link DURATION_PATTERN}. */
export function parseDurationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) throw new RangeError(`${JSON.stringify(text)} is not a duration such as 24h`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}
