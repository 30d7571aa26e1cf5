import { hash, randomUUID } from 'node:crypto';
import { Refusal } from '#shared/errors/refusals.ts';
import { idempotencyDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { BestEffort } from '#shared/outage/best-effort.ts';
import type { Answer } from '../answer.ts';
import { decodeAnswer, encodeAnswer } from './answer-encoding.ts';
import type { Idempotency, IdempotentRequest } from './idempotency.ts';
import { type IdempotencyRecord, verdictOn } from './record.ts';
import { type IdempotencyRecords, RecordConflictError } from './records.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Longer than any request is processed: publishing, capturing what was refused, and Firestore each have deadlines. */
const LEASE_MS = 30_000;
/** Of races with others for one key. */
const MAX_ROUNDS = 3;
const REPLAYED = { 'idempotent-replayed': 'true' };

export interface RememberingOptions {
  readonly records: IdempotencyRecords;
  readonly effort: BestEffort;
  /** Wall clock: records are shared by instances. */
  readonly nowMs: () => number;
}

/** How a request with a key stands before it is processed. */
type Beginning =
  | Begun
  | { readonly kind: 'replay'; readonly answer: Answer }
  | { readonly kind: 'reused' }
  | { readonly kind: 'in_flight' };

interface Begun {
  readonly kind: 'begun';
  readonly record: IdempotencyRecord;
  readonly version: unknown;
}

/**
 * Remembers answers for 24 hours, for all instances.
 *
 * A request first makes the key's record, which holds the key for half a minute; its answer is put into the record
 * afterwards. Where the process dies in between, a later attempt takes the key over and processes the request again; so it
 * does where the answer could not be remembered, or was too large. All these publish the same ids ({@link idsOf}), and
 * count once.
 *
 * A tenant's records grow with the events it sends, by at most a kilobyte for each (ids, and the paths of errors, are
 * bounded) and some thirty bytes as a rule: its rate limit bounds them. No request makes more than one, of 384 KiB at most.
 */
export function createRemembering({ records, effort, nowMs }: RememberingOptions): Idempotency {
  async function begin(path: string, fingerprint: string): Promise<Beginning> {
    const startedAtMs = nowMs();
    const record: IdempotencyRecord = {
      fingerprint,
      owner: randomUUID(),
      expiresAtMs: startedAtMs + DAY_MS,
      leaseExpiresAtMs: startedAtMs + LEASE_MS,
      answer: undefined,
    };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const version = await unlessConflict(records.create(path, record));
      if (version !== undefined) return { kind: 'begun', record, version };
      const found = await records.read(path);
      if (found === undefined) continue;
      const verdict = verdictOn(found.record, record, nowMs());
      if (verdict === 'own') return { kind: 'begun', ...found };
      if (verdict === 'reused' || verdict === 'in_flight') return { kind: verdict };
      const answer = verdict === 'replay' ? await decodeAnswer(found.record.answer ?? new Uint8Array()) : undefined;
      if (answer !== undefined) return { kind: 'replay', answer };
      const taken = await unlessConflict(records.replace(path, record, found.version));
      if (taken !== undefined) return { kind: 'begun', record, version: taken };
    }
    return { kind: 'in_flight' };
  }

  /** Remembers `answer`; or frees the key where there is nothing to be remembered. */
  async function finish(path: string, { record, version }: Begun, answer: Uint8Array | undefined): Promise<void> {
    const written =
      answer === undefined ? records.remove(path, version) : records.replace(path, { ...record, answer }, version);
    // Who took the key over in the meantime answers for it.
    await unlessConflict(written);
  }

  async function processed(path: string, beginning: Beginning, run: () => Promise<Answer>): Promise<Answer> {
    if (beginning.kind === 'reused') throw new Refusal('idempotency_key_reused');
    if (beginning.kind === 'in_flight') throw new Refusal('idempotency_key_in_flight');
    if (beginning.kind === 'replay') {
      return { ...beginning.answer, headers: { ...beginning.answer.headers, ...REPLAYED } };
    }
    let encoded: Uint8Array | undefined;
    try {
      const answer = await run();
      if (answer.isFinal) encoded = await encodeAnswer(answer);
      return answer;
    } finally {
      await effort.attempt(() => finish(path, beginning, encoded));
    }
  }

  return {
    async once({ tenantId, projectId, path: endpoint, key, fingerprint }: IdempotentRequest, run) {
      const digest = hash('sha256', JSON.stringify([projectId ?? null, endpoint, key]), 'hex');
      const path = idempotencyDocumentPath(tenantId, digest);
      // What begins too late holds the key for nobody.
      const undo = async (late: Beginning): Promise<void> => {
        if (late.kind === 'begun') await finish(path, late, undefined);
      };
      const begun = await effort.attempt(() => begin(path, fingerprint), undo);
      if (begun.ok) return processed(path, begun.value, run);
      return run();
    },
  };
}

/** @returns undefined where the precondition failed. */
async function unlessConflict<Result>(write: Promise<Result>): Promise<Result | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof RecordConflictError) return undefined;
    throw error;
  }
}
