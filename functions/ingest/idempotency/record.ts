/** What is remembered of a request that had an `Idempotency-Key`. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  /** Wall clock. From then on the key is a new one. */
  readonly expiresAtMs: number;
  /** Which attempt processes it, or did. */
  readonly owner: string;
  /** Wall clock. Where there is no answer by then, whoever processed it is taken for dead. */
  readonly leaseExpiresAtMs: number;
  /** As {@link encodeAnswer} made it; undefined while it is processed. */
  readonly answer: Uint8Array | undefined;
}

/** What a request that finds a record of its key is to do. */
export type Verdict =
  /** The record is its own: the acknowledgement of writing it got lost. */
  | 'own'
  /** Another body had this key. */
  | 'reused'
  /** Somebody is at it. */
  | 'in_flight'
  /** The same was answered before. */
  | 'replay'
  /** Nobody is at it any more, or the record is too old to count. */
  | 'take_over';

/** Decides for the request that `owner` processes. Pure. */
export function verdictOn(
  record: IdempotencyRecord,
  { fingerprint, owner }: Pick<IdempotencyRecord, 'fingerprint' | 'owner'>,
  nowMs: number,
): Verdict {
  if (record.owner === owner) return 'own';
  if (record.expiresAtMs <= nowMs) return 'take_over';
  if (record.fingerprint !== fingerprint) return 'reused';
  if (record.answer !== undefined) return 'replay';
  return record.leaseExpiresAtMs <= nowMs ? 'take_over' : 'in_flight';
}
