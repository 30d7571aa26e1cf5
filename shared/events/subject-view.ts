import { z } from 'zod';
import { Decision } from './decision.ts';
import { Timestamp } from './timestamp.ts';

const Count = z.int().min(0);

/** What `GET /v1/subjects/{subject}` answers: what is known of a subject. */
export const SubjectView = z.object({
  subject: z.string(),
  properties: z.record(z.string(), z.unknown()),
  counts: z
    .record(z.string(), z.object({ total: Count, last1h: Count, last24h: Count, last7d: Count, last30d: Count }))
    .meta({ description: 'By event type, in windows that end now' }),
  first_seen_at: Timestamp.nullable(),
  last_seen_at: Timestamp.nullable(),
  decisions: z
    .array(z.object(Decision.shape).omit({ tenant_id: true, subject: true }))
    .meta({ description: 'The newest decision of each rule, newest first' }),
});
