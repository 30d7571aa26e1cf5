import { Account, IAMMember } from '@pulumi/gcp/serviceaccount/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import { PUSH_ACCOUNT_ID } from '#shared/naming/tenant-names.ts';
import type { PlatformScope } from './platform-scope.ts';

export interface PushAccountArgs {
  readonly scope: PlatformScope;
  /** E-mail address of Pub/Sub's service agent in the project. */
  readonly pubsubServiceAgent: Input<string>;
}

/**
 * In whose name Pub/Sub pushes. One for the platform, as a project has a hundred accounts; which tenant's push it is, the
 * token's audience says.
 *
 * It holds no role anywhere: its tokens say who pushes, and open nothing. Who makes a subscription that pushes in its name must
 * be allowed to act as it (`roles/iam.serviceAccountUser`): nobody but those who provision tenants.
 */
export class PushAccount extends ComponentResource {
  readonly email: Output<string>;

  constructor(name: string, { scope, pubsubServiceAgent }: PushAccountArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:PushAccount', name, {}, options);

    const account = new Account(
      name,
      {
        accountId: PUSH_ACCOUNT_ID,
        project: scope.projectId,
        displayName: 'Headgate pushes',
        description: 'app=headgate tenant=platform',
      },
      { parent: this },
    );

    // Pub/Sub signs each push in this account's name. Without the grant every push goes out without a token and is refused, and
    // the subscription's only symptom is a growing backlog. A grant takes minutes to count: here, it does long before a tenant
    // has a subscription.
    new IAMMember(
      `${name}-token-creator`,
      {
        serviceAccountId: account.name,
        role: 'roles/iam.serviceAccountTokenCreator',
        member: interpolate`serviceAccount:${pubsubServiceAgent}`,
      },
      { parent: this },
    );

    this.email = account.email;
    this.registerOutputs({ email: this.email });
  }
}
