import { createHash } from 'node:crypto';
import { Document } from '@pulumi/gcp/firestore/index.js';
import { ComponentResource, type ComponentResourceOptions, type Output, secret, unsecret } from '@pulumi/pulumi';
import { RandomBytes } from '@pulumi/random';
import { type ApiKeyGrant, toApiKeyDocument } from '#shared/auth/api-key-document.ts';
import { COLLECTIONS } from '#shared/naming/firestore-paths.ts';
import { toFirestoreFields } from '#shared/tenancy/firestore-fields.ts';

import type { TenantScope } from './tenant-scope.ts';

export interface ApiKeyArgs extends Omit<ApiKeyGrant, 'tenantId'> {
  readonly scope: TenantScope;
}

/** An API key of a tenant. The key itself is an encrypted output of the stack; Firestore holds its digest. */
export class ApiKey extends ComponentResource {
  /** `hg_{tenant}_{43 base64url characters}`; a secret. */
  readonly key: Output<string>;

  constructor(name: string, { scope, ...grant }: ApiKeyArgs, options?: ComponentResourceOptions) {
    super('headgate:tenant:ApiKey', name, {}, options);

    // Pulumi keeps it in the stack's encrypted state, so that a second `up` hands out the same key.
    const random = new RandomBytes(name, { length: 32 }, { parent: this });
    this.key = secret(random.base64.apply((base64) => `hg_${scope.tenantId}_${base64url(base64)}`));

    // What ingest finds a caller by. A leaked database gives away digests of 256 random bits: nothing to guess from, which
    // is also why a plain SHA-256 is enough. The digest need not be secret.
    new Document(
      name,
      {
        project: scope.projectId,
        collection: COLLECTIONS.apiKeys,
        documentId: unsecret(this.key.apply((key) => createHash('sha256').update(key).digest('hex'))),
        fields: toFirestoreFields(toApiKeyDocument({ ...grant, tenantId: scope.tenantId })),
      },
      { parent: this },
    );
    this.registerOutputs({ key: this.key });
  }
}

function base64url(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url');
}
