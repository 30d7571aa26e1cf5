import { Dataset, DatasetIamMember, Table } from '@pulumi/gcp/bigquery/index.js';
import { ComponentResource, type ComponentResourceOptions, interpolate } from '@pulumi/pulumi';
import { tenantLabels } from '#shared/naming/tenant-names.ts';
import { WAREHOUSE_TABLES, type WarehouseTable } from '#shared/warehouse/tables.ts';
import { WAREHOUSE_VIEWS } from '#shared/warehouse/views.ts';
import type { TenantScope } from './tenant-scope.ts';

export interface WarehouseArgs {
  readonly scope: TenantScope;
}

/** A tenant's dataset: a table for each stream, and the views an analyst asks. */
export class Warehouse extends ComponentResource {
  readonly dataset: Dataset;

  constructor(name: string, { scope }: WarehouseArgs, options?: ComponentResourceOptions) {
    super('headgate:tenant:Warehouse', name, {}, options);
    const labels = tenantLabels(scope.tenantId);

    // A dataset for each tenant: access is granted, cost is counted, and data is erased by dataset.
    this.dataset = new Dataset(
      name,
      {
        datasetId: scope.names.dataset,
        project: scope.projectId,
        location: scope.region,
        description: `Headgate: events of ${scope.tenantId}`,
        labels,
      },
      { parent: this },
    );

    // Pub/Sub writes rows as its service agent (dataEditor) and reads the schema first (metadataViewer). Without either,
    // every warehouse subscription stands still with PERMISSION_DENIED and its backlog grows.
    for (const [grant, role] of [
      ['writer', 'roles/bigquery.dataEditor'],
      ['schema-reader', 'roles/bigquery.metadataViewer'],
    ] as const) {
      new DatasetIamMember(
        `${name}-${grant}`,
        {
          datasetId: this.dataset.datasetId,
          project: scope.projectId,
          role,
          member: interpolate`serviceAccount:${scope.pubsubServiceAgent}`,
        },
        { parent: this },
      );
    }

    const tables = WAREHOUSE_TABLES.map((table) => this.table(scope, table));
    // A view is refused while what it reads does not exist; each is made after the tables and the views before it.
    const made: Table[] = [...tables];
    for (const view of WAREHOUSE_VIEWS) {
      made.push(
        new Table(
          view.tableId,
          {
            datasetId: this.dataset.datasetId,
            project: scope.projectId,
            tableId: view.tableId,
            description: view.description,
            view: { query: view.query(`${scope.projectId}.${scope.names.dataset}`), useLegacySql: false },
            deletionProtection: false,
            labels: tenantLabels(scope.tenantId, view.stream),
          },
          { parent: this, dependsOn: [...made] },
        ),
      );
    }
    this.registerOutputs({ dataset: this.dataset.id });
  }

  private table(scope: TenantScope, table: WarehouseTable): Table {
    return new Table(
      table.tableId,
      {
        datasetId: this.dataset.datasetId,
        project: scope.projectId,
        tableId: table.tableId,
        description: table.description,
        schema: JSON.stringify(table.columns),
        timePartitioning: { type: 'DAY', field: table.partitionBy },
        clusterings: [...table.clusterBy],
        // A change that would replace the table fails instead: rows older than Pub/Sub's seven days exist nowhere else.
        deletionProtection: true,
        labels: tenantLabels(scope.tenantId, table.stream),
      },
      { parent: this },
    );
  }
}
