import type { Refusal } from '#shared/errors/refusals.ts';
import type { Audit } from './audit-record.ts';

/**
 * Records `refusal` where it is a denial (401, 403), and does nothing for any other. Called once for each request, by
 * whoever renders its refusal: so there is one record for each denial, wherever it was thrown.
 *
 * @param route method and path template; not the path, which names what only its tenant may read.
 */
export function auditDenial(audit: Audit, refusal: Refusal, route: string): void {
  const { status, code } = refusal;
  if (status !== 401 && status !== 403) return;
  audit({ event: 'access_denied', route, code, status, ...refusal.particulars.denial });
}
