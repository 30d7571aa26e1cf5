/** What a credential may permit. */
export const SCOPES = ['events:write', 'properties:write', 'analytics:read', 'admin'] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** Whether `text` is a scope that this release knows. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
