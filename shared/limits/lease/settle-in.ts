import type { Firestore } from '@google-cloud/firestore';
import { gather } from '#shared/gathering/gather.ts';
import { usageDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { BestEffort } from '#shared/outage/best-effort.ts';
import { type Grant, settle } from './settle.ts';
import { MAX_TOGETHER, type Settled, settleTogether, type Settling } from './settle-together.ts';
import { readUsageDocument } from './usage-document.ts';

/**
 * Settles with what the tenant's other instances have settled. `undefined`: Firestore did not answer. Never rejects.
 *
 * @param isRetry whether the last settling of this tenant failed. No other tenant is then settled with it, so that a document
 *   that cannot be written holds up nobody's settling twice.
 */
export type Settle = (settling: Settling, isRetry: boolean) => Promise<Grant | undefined>;

/** What a settling waits for others: little beside the second that a busy tenant leaves between its own. */
const WINDOW_MS = 50;

/** A transaction is tried so often where another instance settles at the same time. */
const MAX_ATTEMPTS = 4;

/**
 * Tenants that settle about the same time do so together, which takes two requests for all of them. One that another
 * instance settles at that very moment has a transaction of its own. Settling the same report again, as after an answer that
 * got lost, counts it once.
 */
export function settleIn(firestore: Firestore, effort: BestEffort): Settle {
  const together = gather<Settling, Settled | undefined>({
    windowMs: WINDOW_MS,
    maxItems: MAX_TOGETHER,
    handle: async (settlings) => {
      const attempted = await effort.attempt(() => settleTogether(firestore, settlings));
      return attempted.ok ? attempted.value : settlings.map(() => undefined);
    },
  });
  return async (settling, isRetry) => {
    const settled = isRetry ? 'not_written' : await together(settling);
    if (settled !== 'not_written') return settled;
    const attempted = await effort.attempt(() => inTransaction(firestore, settling));
    return attempted.ok ? attempted.value : undefined;
  };
}

function inTransaction(firestore: Firestore, { tenantId, report, limits }: Settling): Promise<Grant> {
  return firestore.runTransaction(
    async (transaction) => {
      const reference = firestore.doc(usageDocumentPath(tenantId));
      const snapshot = await transaction.get(reference);
      const before = readUsageDocument(snapshot.data());
      const { document, grant } = settle(before, report, limits, snapshot.readTime.toMillis());
      transaction.set(reference, document);
      return grant;
    },
    { maxAttempts: MAX_ATTEMPTS },
  );
}
