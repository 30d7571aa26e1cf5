/** What a credential may permit. */
export const SCOPES = ['events:write', 'properties:write', 'analytics:read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
