import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { Answer } from '../answer.ts';

/** A request whose sender says how it recognises it when it is sent again. */
export interface IdempotentRequest {
  readonly tenantId: TenantId;
  /** Value of the `Idempotency-Key` header. */
  readonly key: string;
  /** Endpoint: the same key at another one is another request. */
  readonly path: string;
  /** Digest of what was sent: the same key with another body is a mistake. */
  readonly fingerprint: string;
}

/** Remembers what was answered. */
export interface Idempotency {
  /**
   * Runs `run` where the request is new, and gives its answer; otherwise the answer it had. An answer that is not final
   * (the sender should try again) is not remembered.
   *
   * Where it cannot be found out whether the request is new, it runs: what it publishes has the same ids as before, so
   * that it counts once.
   *
   * @throws Refusal `idempotency_key_in_flight`, `idempotency_key_reused`, and whatever `run` throws.
   */
  once(request: IdempotentRequest, run: () => Promise<Answer>): Promise<Answer>;
}
