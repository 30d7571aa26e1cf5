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
  if (!isDenial(status)) return;
  audit({ event: 'access_denied', route, code, status, ...refusal.particulars.denial });
}

/**
 * At which level a refused request has a line of its own in the log: at its refusal's, or, where the record of its denial
 * says as much, only for who debugs.
 */
export function levelOfRefused({ status, level, cause }: Refusal): Refusal['level'] | 'debug' {
  return isDenial(status) && cause === undefined ? 'debug' : level;
}

function isDenial(status: number): boolean {
  return status === 401 || status === 403;
}
