import type { Decision } from '#shared/events/decision.ts';
import { countsAt } from '../profile/event-counts.ts';
import type { WindowCounts } from '../profile/event-counts.ts';
import type { Profile } from '../profile/profile.ts';
import { propertiesAsOf } from '../profile/properties.ts';

/** What `GET /v1/subjects/{subject}` answers. */
export interface SubjectView {
  readonly subject: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** By event type, in windows that end now. */
  readonly counts: Readonly<Record<string, WindowCounts>>;
  readonly first_seen_at: string | null;
  readonly last_seen_at: string | null;
  /** The newest decision of each rule, newest first. */
  readonly decisions: readonly Omit<Decision, 'tenant_id' | 'subject'>[];
}

/** Shows a profile to its tenant: with every property that is set, and counts in windows that end at `nowMs` (wall clock). */
export function subjectView(subject: string, profile: Profile, nowMs: number): SubjectView {
  return {
    subject,
    properties: Object.fromEntries(propertiesAsOf(profile.properties, Infinity)),
    counts: Object.fromEntries(
      Object.keys(profile.counts.types).map((type) => [type, countsAt(profile.counts, type, nowMs)]),
    ),
    first_seen_at: toIso(profile.firstSeenAtMs),
    last_seen_at: toIso(profile.lastSeenAtMs),
    decisions: profile.decisions
      .toReversed()
      .map(({ tenant_id: _tenantId, subject: _subject, ...decision }) => decision),
  };
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
