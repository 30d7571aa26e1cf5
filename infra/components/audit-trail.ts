import { ProjectBucketConfig, ProjectSink } from '@pulumi/gcp/logging/index.js';
import { ComponentResource, type ComponentResourceOptions, interpolate } from '@pulumi/pulumi';
import { AUDIT_RECORD } from '#shared/audit/audit-log.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import type { PlatformScope } from './platform-scope.ts';

export interface AuditTrailArgs {
  readonly scope: PlatformScope;
  /** How long records are kept, 1 to 3650 days. */
  readonly retentionDays: number;
}

/**
 * Keeps the audit records that the functions log: who was denied, and what was done by right of the scope `admin`. A bucket
 * of its own, because the project's default one forgets after 30 days and is read by everybody who debugs.
 */
export class AuditTrail extends ComponentResource {
  constructor(name: string, { scope, retentionDays }: AuditTrailArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:AuditTrail', name, {}, options);
    const project = scope.projectId;
    const bucket = new ProjectBucketConfig(
      name,
      {
        project,
        location: scope.region,
        bucketId: 'headgate-audit',
        retentionDays,
        // Asked in SQL: "every denial of this credential in the last year".
        enableAnalytics: true,
        description: 'Denials and uses of the scope admin, as the functions logged them',
      },
      { parent: this },
    );
    // Into a bucket of the same project, which a sink may write without a grant.
    new ProjectSink(
      `${name}-sink`,
      {
        project,
        name: 'headgate-audit',
        destination: interpolate`logging.googleapis.com/${bucket.id}`,
        filter: `resource.type="cloud_run_revision" AND jsonPayload.${FIELD.record}="${AUDIT_RECORD}"`,
        uniqueWriterIdentity: true,
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
