import type { ProjectId } from '#shared/naming/project-id.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { Answer } from '../answer.ts';

/** A request whose sender says how it recognises it when it is sent again. */
export interface IdempotentRequest {
  readonly tenantId: TenantId;
  /**
   * What the credential is bound to: one project must not get another's answers. Not the credential itself: a request that is
   * sent again after its credential was rotated, or its token renewed, is the same one.
   */
  readonly projectId: ProjectId | undefined;
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
