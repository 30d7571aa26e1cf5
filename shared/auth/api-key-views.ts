import { z } from 'zod';
import { ProjectId } from '#shared/naming/project-id.ts';
import { API_KEY_ID } from './api-key.ts';
import { ApiKeyName } from './api-key-name.ts';
import { SCOPES } from './scopes.ts';

const DateTime = z.iso.datetime({ offset: true, error: 'not an RFC 3339 date-time' });

const Scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .meta({ description: 'What the key may do; at most what the caller may' });

/** Longest time for which a rotated key may stay valid. */
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;

/** Body of `POST /v1/api-keys`. */
export const CreateApiKey = z.strictObject({
  name: ApiKeyName,
  scopes: Scopes,
  project_id: ProjectId.optional().meta({ description: "What the key is bound to. Default: the caller's own, if any" }),
  expires_at: DateTime.optional().meta({ description: 'In the future, within ten years. Default: never' }),
});

export type CreateApiKey = z.infer<typeof CreateApiKey>;

/** Body of `POST /v1/api-keys/{id}/rotate`. */
export const RotateApiKey = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(MAX_OVERLAP_SECONDS)
    .default(24 * 60 * 60)
    .meta({ description: 'For how long the old key stays valid beside the new one; 0 ends it now' }),
});

export type RotateApiKey = z.infer<typeof RotateApiKey>;

/** An API key as its tenant's administrators see it. */
export const ApiKeyView = z.object({
  id: z.string().regex(API_KEY_ID).meta({ description: "Beginning of the key's SHA-256, as in the audit trail" }),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  project_id: z.string().nullable(),
  created_at: DateTime,
  expires_at: DateTime.nullable(),
  managed_by: z
    .enum(['api', 'stack'])
    .meta({ description: '`stack`: provisioned by whoever runs Headgate; may be rotated and deleted all the same' }),
});

export type ApiKeyView = z.infer<typeof ApiKeyView>;

/** What `GET /v1/api-keys` answers. */
export const ApiKeyList = z.object({ api_keys: z.array(ApiKeyView).meta({ description: 'Newest first' }) });

/** What `POST /v1/api-keys` answers. */
export const CreatedApiKey = ApiKeyView.extend({
  key: z.string().meta({ description: 'The key itself. Shown this once, and stored nowhere' }),
});

/** What `POST /v1/api-keys/{id}/rotate` answers. */
export const RotatedApiKey = CreatedApiKey.extend({
  previous: z
    .object({ id: z.string(), expires_at: DateTime })
    .meta({ description: 'The old key, and until when it is good' }),
});
