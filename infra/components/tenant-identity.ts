import { Account, IAMMember } from '@pulumi/gcp/serviceaccount/index.js';
import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import type { TenantScope } from './tenant-scope.ts';

export interface TenantIdentityArgs {
  readonly scope: TenantScope;
}

/**
 * Who a tenant's pushes are. `decide` accepts a push for a subscription only with a token of the tenant the subscription
 * belongs to: with one account for all, whoever could make one subscription could push into every tenant.
 */
export class TenantIdentity extends ComponentResource {
  readonly email: Output<string>;

  constructor(name: string, { scope }: TenantIdentityArgs, options?: ComponentResourceOptions) {
    super('headgate:tenant:TenantIdentity', name, {}, options);

    // It holds no role anywhere: its tokens say who pushes, and open nothing.
    const account = new Account(
      name,
      {
        accountId: scope.names.serviceAccountId,
        project: scope.projectId,
        displayName: `Headgate pushes of ${scope.tenantId}`,
        description: `app=headgate tenant=${scope.tenantId}`,
      },
      { parent: this },
    );

    // Pub/Sub signs each push in this account's name. Without the grant every push goes out without a token and is
    // refused, and the subscription's only symptom is a growing backlog.
    new IAMMember(
      `${name}-token-creator`,
      {
        serviceAccountId: account.name,
        role: 'roles/iam.serviceAccountTokenCreator',
        member: interpolate`serviceAccount:${scope.pubsubServiceAgent}`,
      },
      { parent: this },
    );

    this.email = account.email;
    this.registerOutputs({ email: this.email });
  }
}
