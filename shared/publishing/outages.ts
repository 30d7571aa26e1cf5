import type { BreakerPolicy } from '#shared/limits/breaker/circuit-breaker.ts';
import { Breakers } from '#shared/limits/breaker/breakers.ts';
import { tenantOfResource } from '#shared/naming/tenant-names.ts';

/**
 * A publication that failed for a second, or was not answered by its deadline, is no accident of one moment. The pauses
 * between probes are short: the end of an outage is to be found within a second.
 */
const OUTAGE: BreakerPolicy = { failures: 1, firstOpenMs: 100, maxOpenMs: 500, probeTimeoutMs: 15_000 };
const MAX_TOPICS = 10_000;

/** So many tenants' topics fail with no answer between them, and it is not they who are at fault. */
const SEVERAL_TENANTS = 3;
/** A failure so long after the one before begins anew: nobody knows what was between. */
const FORGET_MS = 10_000;
/** Who published so lately could publish now. */
const RECENT_MS = 1_000;

/** Whether anything can be published at all; `unknown` where nothing was tried lately. */
export type Standing = 'works' | 'fails' | 'unknown';

/**
 * Which topics take nothing at the moment. A topic that is down (its region is) concerns its tenant alone: only where several
 * tenants' topics fail, and none answers, is a topic of which nothing is known suspected too.
 *
 * Of a topic that is down, or suspected, one publication at a time is let through, as a probe; its answer ends the outage.
 * Holds nothing of topics that are well, and of the others the 10,000 used last.
 */
export class Outages {
  readonly #topics = new Breakers(OUTAGE, MAX_TOPICS);
  /** Tenants with a failure since any topic answered; no more of them than it takes. */
  readonly #failing = new Set<string>();
  #failedAtMs = -Infinity;
  #acknowledgedAtMs = -Infinity;

  /** How a publication may be tried now. Where it may, {@link acknowledged}, {@link answered}, {@link failed} or {@link unclear} must follow. */
  begin(topic: string, nowMs: number): 'attempt' | 'probe' | 'refused' {
    if (this.#isEverywhere(nowMs)) this.#topics.suspect(topic);
    if (this.#topics.waitMs(topic, nowMs) > 0) return 'refused';
    return this.#topics.passing(topic, nowMs) ? 'probe' : 'attempt';
  }

  /** Pub/Sub has acknowledged a publication. */
  acknowledged(topic: string, nowMs: number): void {
    this.#acknowledgedAtMs = nowMs;
    this.answered(topic, nowMs);
  }

  /** Pub/Sub has refused a publication for what it is, or whose: the topic is not down, though nothing may be published to it. */
  answered(topic: string, nowMs: number): void {
    this.#failing.clear();
    this.#topics.ended(topic, 'success', nowMs);
  }

  /** It was not to be had for as long as one tries. */
  failed(topic: string, nowMs: number): void {
    if (nowMs - this.#failedAtMs > FORGET_MS) this.#failing.clear();
    this.#failedAtMs = nowMs;
    if (this.#failing.size < SEVERAL_TENANTS) this.#failing.add(tenantOfResource(topic) ?? topic);
    this.#topics.ended(topic, 'failure', nowMs);
  }

  /** It had too little time to tell anything. */
  unclear(topic: string, nowMs: number): void {
    this.#topics.ended(topic, 'neutral', nowMs);
  }

  standing(nowMs: number): Standing {
    if (nowMs - this.#acknowledgedAtMs < RECENT_MS) return 'works';
    return this.#isEverywhere(nowMs) ? 'fails' : 'unknown';
  }

  #isEverywhere(nowMs: number): boolean {
    return this.#failing.size >= SEVERAL_TENANTS && nowMs - this.#failedAtMs <= FORGET_MS;
  }
}
