import { ACME, NOW_MS, someEvent } from '../fixtures.ts';
import { applyEvent } from '../profile/apply.ts';
import { countsAt } from '../profile/event-counts.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import type { Application } from './apply-once.ts';

const RETENTION_MS = 400 * 24 * 60 * 60 * 1000;

/** An application that counts one `payment.failed` of `subject`. */
export function counting(subject: string, id: string): Application {
  const context = {
    rules: new Map(),
    beginEvaluation: () => (asked: readonly unknown[]) => asked.map(() => ({ holds: false })),
    nowMs: NOW_MS,
  };
  return {
    tenantId: ACME,
    subject,
    messageKey: `events:${id}`,
    apply: (profile) => applyEvent(profile, someEvent({ id, subject }), context),
    retentionMs: RETENTION_MS,
  };
}

/** How many were counted. */
export async function totalOf(profiles: ProfileRepository, subject: string): Promise<number> {
  const [reading] = await profiles.read([{ tenantId: ACME, subject, messageKeys: [] }]);
  return reading?.profile === undefined ? 0 : countsAt(reading.profile.counts, 'payment.failed', NOW_MS).total;
}
