import type { Firestore } from '@google-cloud/firestore';
import { usageDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { BestEffort } from '#shared/outage/best-effort.ts';
import type { TenantLimits } from '../plans.ts';
import { type Grant, type Report, settle } from './settle.ts';
import { readUsageDocument } from './usage-document.ts';

/** Settles with what the tenant's other instances have settled. `undefined`: Firestore did not answer. Never rejects. */
export type Settle = (tenantId: TenantId, report: Report, limits: TenantLimits) => Promise<Grant | undefined>;

/** The transaction is tried so often where another instance settles at the same time. */
const MAX_ATTEMPTS = 4;

/** One transaction on one document. Settling the same report again, as after an answer that got lost, counts it once. */
export function settleIn(firestore: Firestore, effort: BestEffort): Settle {
  const inTransaction = (tenantId: TenantId, report: Report, limits: TenantLimits): Promise<Grant> =>
    firestore.runTransaction(
      async (transaction) => {
        const reference = firestore.doc(usageDocumentPath(tenantId));
        const snapshot = await transaction.get(reference);
        const { document, grant } = settle(
          readUsageDocument(snapshot.data()),
          report,
          limits,
          snapshot.readTime.toMillis(),
        );
        transaction.set(reference, document);
        return grant;
      },
      { maxAttempts: MAX_ATTEMPTS },
    );
  return async (tenantId, report, limits) => {
    const attempted = await effort.attempt(() => inTransaction(tenantId, report, limits));
    return attempted.ok ? attempted.value : undefined;
  };
}
