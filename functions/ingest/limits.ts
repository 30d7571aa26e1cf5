/** What a request may bring. Megabytes are decimal, as Pub/Sub counts them. */
export interface Limits {
  readonly maxBodyBytes: number;
  /** How long a body may take to arrive, whatever its size. */
  readonly bodyTimeoutMs: number;
  readonly maxEvents: number;
  /** Of one event, as it is stored. */
  readonly maxEventBytes: number;
  /** Of one event, as it was sent. */
  readonly maxSentEventBytes: number;
  /**
   * JSON values of a body, at whatever depth: objects, arrays, texts, numbers, true, false and null. What they cost is not in
   * proportion to their bytes: three bytes of `{},` are 64 on the heap, and a value under an ever new name takes a microsecond to parse.
   */
  readonly maxBodyValues: number;
  /** Of one event, as it was sent. It is parsed in one go, of at most 5 to 10 ms; larger bodies are parsed in pieces. */
  readonly maxEventValues: number;
  /** A request counts against the rate as an event for each so many values, where that is more than its events. */
  readonly valuesPerChargedEvent: number;
}

export const LIMITS: Limits = {
  maxBodyBytes: 10_000_000,
  bodyTimeoutMs: 20_000,
  maxEvents: 2_500,
  maxEventBytes: 1_000_000,
  maxSentEventBytes: 2_000_000,
  maxBodyValues: 250_000,
  maxEventValues: 5_000,
  valuesPerChargedEvent: 100,
};
