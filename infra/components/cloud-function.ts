import { Service } from '@pulumi/gcp/cloudrunv2/index.js';
import { IAMMember } from '@pulumi/gcp/projects/index.js';
import { Account } from '@pulumi/gcp/serviceaccount/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import { nodeOptionsFor } from './instance-memory.ts';
import { PLATFORM_LABELS, type PlatformScope } from './platform-scope.ts';

export interface CloudFunctionArgs {
  readonly scope: PlatformScope;
  /** Container image with all functions, by digest; a tag can mean something else tomorrow. */
  readonly image: Input<string>;
  /** Roles of its service account in the project. What concerns one tenant only is granted by that tenant's stack. */
  readonly roles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMib: number;
  /** Requests that one instance is sent at a time; it is told, and shares them out among tenants. */
  readonly maxConcurrentRequests: number;
  /** Whether an instance has CPU between its requests, and is paid for by the second that it exists. */
  readonly isCpuAlwaysOn: boolean;
}

/** A function: a Cloud Run service that scales to zero, who it is, and what it may do. */
export class CloudFunction extends ComponentResource {
  readonly url: Output<string>;
  readonly serviceAccountEmail: Output<string>;

  constructor(name: string, args: CloudFunctionArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:CloudFunction', name, {}, options);
    const { scope, image, roles, environment, memoryMib, maxConcurrentRequests, isCpuAlwaysOn } = args;
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

    const variables = {
      HOST: '0.0.0.0',
      NODE_OPTIONS: nodeOptionsFor(memoryMib),
      GOOGLE_CLOUD_PROJECT: project,
      MAX_CONCURRENT_REQUESTS: String(maxConcurrentRequests),
      ...environment,
    };
    const service = new Service(
      name,
      {
        name,
        project,
        location: scope.region,
        labels: { ...PLATFORM_LABELS, function: name },
        // Anyone may knock: each route checks its own credential, an API key or Pub/Sub's token. IAM would take no push
        // whose audience names its tenant: a service has but 32 KB of audiences of its own, which is some 500 tenants.
        invokerIamDisabled: true,
        template: {
          serviceAccount: account.email,
          scaling: { minInstanceCount: 0, maxInstanceCount: 100 },
          maxInstanceRequestConcurrency: maxConcurrentRequests,
          timeout: '60s',
          containers: [
            {
              image,
              envs: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
              resources: {
                limits: { cpu: '1', memory: `${memoryMib}Mi` },
                cpuIdle: !isCpuAlwaysOn,
                startupCpuBoost: true,
              },
              // An instance that cannot reach Pub/Sub gets no request: a caller would wait for a 503.
              startupProbe: { httpGet: { path: '/readyz' }, periodSeconds: 1, failureThreshold: 30 },
              livenessProbe: { httpGet: { path: '/healthz' } },
            },
          ],
        },
      },
      { parent: this },
    );

    this.url = service.uri;
    this.serviceAccountEmail = account.email;
    this.registerOutputs({ url: this.url, serviceAccountEmail: this.serviceAccountEmail });
  }
}
