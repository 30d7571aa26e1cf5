import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ROLE_SCOPES, ROLES } from '#shared/auth/roles.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { DURATION_PATTERN, parseDurationMs } from '#shared/tenancy/duration.ts';
import type { TokenGrant } from './oidc/tenant-issuer.ts';

const USAGE =
  'usage: npm run -s token -- TENANT [--role owner|admin|developer|analyst] [--scope "events:write …"] [--project web] [--expires-in 10m]';

const Arguments = z.strictObject({
  tenant: TenantId,
  role: z.enum(ROLES).default('developer'),
  scope: z.string().optional(),
  project: ProjectId.optional(),
  'expires-in': z.string().regex(DURATION_PATTERN, 'must be a duration such as 10m').default('10m'),
});

/**
 * Reads what token is asked for. Without `--scope` it claims all that the role may be granted; with it, whatever is said, for
 * whoever wants to see a claim refused.
 *
 * @throws {Error} naming the argument that is wrong.
 */
export function readTokenArguments(argv: readonly string[], nowMs: number): TokenGrant {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      role: { type: 'string' },
      scope: { type: 'string' },
      project: { type: 'string' },
      'expires-in': { type: 'string' },
    },
  });
  const [tenant, ...others] = positionals;
  if (tenant === undefined || others.length > 0) throw new Error(USAGE);
  const parsed = Arguments.safeParse({ ...values, tenant });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${String(issue?.path[0])}: ${issue?.message}\n${USAGE}`);
  }
  const { role, scope, project } = parsed.data;
  return {
    tenantId: parsed.data.tenant,
    role,
    scope: scope ?? [...ROLE_SCOPES[role]].join(' '),
    projectId: project,
    nowMs,
    expiresInMs: parseDurationMs(parsed.data['expires-in']),
  };
}
