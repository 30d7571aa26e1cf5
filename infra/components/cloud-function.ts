import { Function as CloudRunFunction } from '@pulumi/gcp/cloudfunctionsv2/index.js';
import { ServiceIamMember } from '@pulumi/gcp/cloudrunv2/index.js';
import { IAMMember } from '@pulumi/gcp/projects/index.js';
import { Account } from '@pulumi/gcp/serviceaccount/index.js';
import { type Bucket, BucketObject } from '@pulumi/gcp/storage/index.js';
import { asset, ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import { PLATFORM_LABELS, type PlatformScope } from './platform-scope.ts';

export interface CloudFunctionArgs {
  readonly scope: PlatformScope;
  /** Bucket that takes the source. */
  readonly sources: Bucket;
  /** Folder of the built function: `index.js` and `package.json`. */
  readonly bundle: URL;
  /** Roles of its service account in the project. What concerns one tenant only is granted by that tenant's stack. */
  readonly roles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly memory: string;
}

/** A Cloud Run function: its code, who it is, and what it may do. */
export class CloudFunction extends ComponentResource {
  readonly url: Output<string>;
  readonly serviceAccountEmail: Output<string>;

  constructor(name: string, args: CloudFunctionArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:CloudFunction', name, {}, options);
    const { scope, sources, bundle, roles, environment, memory } = args;
    const project = scope.projectId;

    // An account for each function. With the project's default account, an editor of everything, a fault in one function
    // would be a fault in all.
    const account = new Account(
      name,
      {
        accountId: `headgate-${name}`,
        project,
        displayName: `Headgate function ${name}`,
        description: 'app=headgate tenant=platform',
      },
      { parent: this },
    );
    for (const role of roles) {
      new IAMMember(
        `${name}-${role.slice(role.lastIndexOf('/') + 1)}`,
        { project, role, member: interpolate`serviceAccount:${account.email}` },
        { parent: this },
      );
    }

    const source = new BucketObject(
      `${name}-source`,
      { bucket: sources.name, name: `${name}.zip`, source: new asset.FileArchive(bundle.pathname) },
      { parent: this },
    );
    const deployed = new CloudRunFunction(
      name,
      {
        name,
        project,
        location: scope.region,
        labels: { ...PLATFORM_LABELS, function: name },
        buildConfig: {
          runtime: 'nodejs24',
          entryPoint: name,
          // The generation changes with the content; without it a new upload under the old name is never deployed.
          source: {
            storageSource: {
              bucket: sources.name,
              object: source.name,
              generation: source.generation,
            },
          },
        },
        serviceConfig: {
          serviceAccountEmail: account.email,
          availableMemory: memory,
          availableCpu: '1',
          maxInstanceRequestConcurrency: 80,
          maxInstanceCount: 100,
          timeoutSeconds: 60,
          environmentVariables: { GOOGLE_CLOUD_PROJECT: project, ...environment },
        },
      },
      { parent: this },
    );

    // Anyone may knock: each route checks its own credential, API key or Pub/Sub's token. A grant for each tenant's
    // account instead would end at the 1,500 members of a policy, and could not tell one tenant's push from another's.
    new ServiceIamMember(
      `${name}-invoker`,
      { project, location: scope.region, name: deployed.name, role: 'roles/run.invoker', member: 'allUsers' },
      { parent: this },
    );

    this.url = deployed.url;
    this.serviceAccountEmail = account.email;
    this.registerOutputs({ url: this.url, serviceAccountEmail: this.serviceAccountEmail });
  }
}
