import { Dashboard } from '@pulumi/gcp/monitoring/index.js';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { requestMetric, subscriptionMetric } from './night-watch.ts';
import type { PlatformScope } from './platform-scope.ts';

export interface OverviewArgs {
  readonly scope: PlatformScope;
  readonly services: readonly string[];
}

/** One page that answers: is it taking events in, do they arrive, and if not, whose do not. */
export class Overview extends ComponentResource {
  constructor(name: string, { scope, services }: OverviewArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:Overview', name, {}, options);
    const consumers = '.*\\.(decide|warehouse)';
    const charts = [
      ...services.map((service) =>
        chart(
          `${service}: requests/s by answer`,
          requestMetric(service),
          'ALIGN_RATE',
          'metric.label.response_code_class',
        ),
      ),
      chart(
        'Oldest unacknowledged message (s)',
        subscriptionMetric('oldest_unacked_message_age', consumers),
        'ALIGN_MAX',
        'resource.label.subscription_id',
      ),
      chart(
        'Undelivered messages',
        subscriptionMetric('num_undelivered_messages', consumers),
        'ALIGN_MEAN',
        'resource.label.subscription_id',
      ),
      chart(
        'Dead letters waiting',
        subscriptionMetric('num_undelivered_messages', '.*\\.dead-letter\\.inspect'),
        'ALIGN_MAX',
        'resource.label.subscription_id',
      ),
    ];
    new Dashboard(
      name,
      {
        project: scope.projectId,
        dashboardJson: JSON.stringify({
          displayName: 'Headgate',
          labels: { app: '' },
          gridLayout: { columns: '2', widgets: charts },
        }),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

function chart(title: string, filter: string, perSeriesAligner: string, groupBy: string): object {
  const aggregation = {
    alignmentPeriod: '60s',
    perSeriesAligner,
    crossSeriesReducer: 'REDUCE_SUM',
    groupByFields: [groupBy],
  };
  return {
    title,
    xyChart: { dataSets: [{ plotType: 'LINE', timeSeriesQuery: { timeSeriesFilter: { filter, aggregation } } }] },
  };
}
