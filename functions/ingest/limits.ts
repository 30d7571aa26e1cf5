/** What a request may bring. Megabytes are decimal, as Pub/Sub counts them. */
export interface Limits {
  readonly maxBodyBytes: number;
  /** How long a body may take to arrive, whatever its size. */
  readonly bodyTimeoutMs: number;
  readonly maxEvents: number;
  /** Of one event, as it is stored. */
  readonly maxEventBytes: number;
}

export const LIMITS: Limits = {
  maxBodyBytes: 10_000_000,
  bodyTimeoutMs: 20_000,
  maxEvents: 2_500,
  maxEventBytes: 1_000_000,
};
