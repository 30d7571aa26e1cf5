import type { Stream } from '#shared/naming/tenant-names.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { Amounts } from './meters.ts';

/** How a request ended, as far as it tells about its tenant. */
export type RequestOutcome =
  /** At least one event was accepted. */
  | 'accepted'
  /** All that came was invalid, or did not come in time: the sender's doing. */
  | 'invalid'
  /** This tenant's events could not be published, while others' may. */
  | 'misconfigured'
  /** Tells nothing about the tenant: Pub/Sub is down, say, or the request was refused before it was looked at. */
  | 'neutral';

/** One request's way through the limits. */
export interface Entry {
  /**
   * So many bytes of the body have come, decompressed: if it is refused then, it is charged no fewer.
   */
  received(bodyBytes: number): void;
  /**
   * Counts a request's events, and the bytes of its body as decompressed, against the tenant's limits: all of them, or none
   * where it throws. Called once, when the body is read.
   *
   * @throws Refusal `rate_limited`, `quota_exceeded`.
   */
  charge(amounts: Amounts): void;
  /**
   * Asks for a turn at the CPU, for work as large as that on so many events.
   *
   * @returns undefined where it may be done at once; otherwise resolves when it may
   */
  turn(events: number): Promise<void> | undefined;
  /** `RateLimit` and `RateLimit-Policy`, of the moment. Goes with every answer after the request has entered. */
  headers(): Readonly<Record<string, string>>;
  /**
   * The request is over. Called exactly once, whatever happened. One that was `invalid` before it was charged counts against
   * the rate as what it seemed to have, and no fewer bytes than were received of it.
   *
   * @param accepted what counts against the quotas: events that are stored because of this request, and their bytes as stored
   */
  leave(outcome: RequestOutcome, accepted: Amounts): void;
}

/** What is known of a request before its body is read. */
export interface EnteringRequest {
  readonly credentialId: string;
  readonly stream: Stream;
  /** `Content-Length`; undefined where the client does not say. */
  readonly declaredBytes: number | undefined;
  /** `Idempotency-Key`, as it was sent; undefined where there is none. */
  readonly idempotencyKey: string | undefined;
  /** Whether the body will be larger than declared when it is decompressed. */
  readonly isCompressed: boolean;
}

/** Decides whether a tenant's request may come in. */
export interface TenantGate {
  /**
   * Called before any of the body is read, so that what is refused costs next to nothing.
   *
   * @throws Refusal `rate_limited`, `quota_exceeded`, `too_many_in_flight`, `overloaded`, `abnormal_usage`, `circuit_open`.
   */
  enter(settings: TenantSettings, request: EnteringRequest): Entry;
  /** Settles what every tenant has used. Resolves when it is done, or has failed. */
  close(): Promise<void>;
}

/** Lets everything through. */
export const OPEN_GATE: TenantGate = {
  enter: () => ({
    received: () => undefined,
    charge: () => undefined,
    turn: () => undefined,
    headers: () => ({}),
    leave: () => undefined,
  }),
  close: async () => undefined,
};
