import { type Scope, SCOPES } from '#shared/auth/scopes.ts';
import type { JsonSchema } from '#shared/events/json-schema.ts';

const scopes = SCOPES.map((scope) => `\`${scope}\``).join(', ');

/** The two kinds of credential. Both are bearer tokens, and tell themselves apart. */
export const SECURITY_SCHEMES: JsonSchema = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: `An API key, \`hg_{tenant}_…\`, with some of the scopes ${scopes}. It may be bound to one of the tenant's projects.`,
  },
  jwt: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A JWT (RS256, ES256 or EdDSA) of an issuer that the tenant registered, with `aud` `headgate`, `exp`, `tenant_id` and ' +
      `\`scope\`, of which the member's role has to allow each: ${scopes}. \`project_id\` binds it to a project.`,
  },
};

/** Either credential, with `scope`. */
export function withScope(scope: Scope): readonly JsonSchema[] {
  return Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [scope] }));
}
