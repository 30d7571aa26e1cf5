import type { Subscription } from '@pulumi/gcp/pubsub/index.js';
import { ComponentResource, type ComponentResourceOptions, mergeOptions } from '@pulumi/pulumi';
import type { WarehouseTable } from '#shared/warehouse/tables.ts';
import { TRANSFORM_CODE } from '#shared/warehouse/transform-code.ts';
import { createSubscription, type SubscriptionArgs } from './subscription.ts';
import type { Warehouse } from './warehouse.ts';

export interface WarehouseSubscriptionArgs extends SubscriptionArgs {
  readonly warehouse: Warehouse;
  readonly table: WarehouseTable;
}

/** Pub/Sub itself writes each message as a row, at least once. No code of ours runs, so none of ours can lose one. */
export class WarehouseSubscription extends ComponentResource {
  readonly subscription: Subscription;

  constructor(name: string, args: WarehouseSubscriptionArgs, options?: ComponentResourceOptions) {
    const { warehouse, table, scope } = args;
    // Pub/Sub checks table and grants when the subscription is made, and refuses it where either is missing.
    super('headgate:tenant:WarehouseSubscription', name, {}, mergeOptions(options, { dependsOn: [warehouse] }));
    this.subscription = createSubscription(
      name,
      args,
      {
        bigqueryConfig: {
          table: `${scope.projectId}.${scope.names.dataset}.${table.tableId}`,
          useTableSchema: true,
          writeMetadata: true,
        },
        // Maps the envelope to the columns, so that a new field of an event never meets a table that lacks it.
        messageTransforms: [{ javascriptUdf: { functionName: table.transform, code: TRANSFORM_CODE } }],
      },
      this,
    );
    this.registerOutputs({ subscription: this.subscription.id });
  }
}
