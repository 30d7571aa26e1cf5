import type { BulkWriter, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import { usageDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { Status, statusOf } from '#shared/publishing/grpc-status.ts';
import type { TenantLimits } from '../plans.ts';
import { type Grant, type Report, settle } from './settle.ts';
import { readUsageDocument } from './usage-document.ts';

/** What a tenant used on this instance, to be settled with what it may use. */
export interface Settling {
  readonly tenantId: TenantId;
  readonly report: Report;
  readonly limits: TenantLimits;
}

/** What came of one of several: it is to be settled alone where it was not written. */
export type Settled = Grant | 'not_written';

/** A BulkWriter sends so many writes in one request. */
export const MAX_TOGETHER = 20;

/** The document is not, or no longer, what was read. */
const CONFLICTS: ReadonlySet<number> = new Set([
  Status.NOT_FOUND,
  Status.ALREADY_EXISTS,
  Status.FAILED_PRECONDITION,
  Status.ABORTED,
]);

/**
 * Settles up to {@link MAX_TOGETHER} tenants with one request that reads and one that writes. Nothing is locked in between:
 * each document is written only if it still is what was read, so that nothing is lost of what another instance settles
 * meanwhile, and each write succeeds or fails by itself.
 *
 * @throws what Firestore failed with, where it wrote none of them for another reason than such a conflict. What it wrote all
 *   the same, with its answer lost, counts once when it is reported again.
 */
export async function settleTogether(
  firestore: Pick<Firestore, 'doc' | 'getAll' | 'bulkWriter'>,
  settlings: readonly Settling[],
): Promise<readonly Settled[]> {
  const paths = settlings.map(({ tenantId }) => usageDocumentPath(tenantId));
  const snapshots = await firestore.getAll(...paths.map((path) => firestore.doc(path)));
  // Throttled, it would ramp up as for an import; how often a tenant is settled is bounded by its schedule.
  const writer = firestore.bulkWriter({ throttling: false });
  writer.onWriteError(() => false);
  const writing = settlings.map((settling, index) => settleAndWrite(settling, snapshots[index], writer));
  void writer.close();
  const outcomes = await Promise.allSettled(writing);
  const failure = outcomes.find(isFailure);
  if (failure !== undefined && outcomes.every(({ status }) => status === 'rejected')) throw failure.reason;
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'not_written'));
}

async function settleAndWrite(
  { report, limits }: Settling,
  snapshot: DocumentSnapshot | undefined,
  writer: BulkWriter,
): Promise<Grant> {
  if (snapshot === undefined) throw new Error('fewer documents were read than asked for');
  const before = readUsageDocument(snapshot.data());
  const { document, grant } = settle(before, report, limits, snapshot.readTime.toMillis());
  const { ref, updateTime } = snapshot;
  if (updateTime === undefined) await writer.create(ref, document);
  else await writer.update(ref, { ...document }, { lastUpdateTime: updateTime });
  return grant;
}

function isFailure(outcome: PromiseSettledResult<Grant>): outcome is PromiseRejectedResult {
  return outcome.status === 'rejected' && !CONFLICTS.has(statusOf(outcome.reason));
}
