import { CustomService, Slo } from '@pulumi/gcp/monitoring/index.js';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { requestMetric } from './night-watch.ts';
import { PLATFORM_LABELS, type PlatformScope } from './platform-scope.ts';

export interface ServiceLevelArgs {
  readonly scope: PlatformScope;
  /** Cloud Run service that customers call. */
  readonly service: string;
}

/** What customers are promised of the endpoint, measured as they see it: 99.9 % of requests are not answered 5xx. */
export class ServiceLevel extends ComponentResource {
  constructor(name: string, { scope, service }: ServiceLevelArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:ServiceLevel', name, {}, options);
    const project = scope.projectId;
    const customers = new CustomService(
      name,
      { project, serviceId: `headgate-${service}`, displayName: `Headgate ${service}`, userLabels: PLATFORM_LABELS },
      { parent: this },
    );
    // Refusals (4xx) are right answers. 28 days, so that every window has as many weekends as the one before.
    new Slo(
      `${name}-availability`,
      {
        project,
        service: customers.serviceId,
        sloId: 'availability',
        displayName: 'Requests answered',
        goal: 0.999,
        rollingPeriodDays: 28,
        requestBasedSli: {
          goodTotalRatio: {
            totalServiceFilter: requestMetric(service),
            badServiceFilter: `${requestMetric(service)} AND metric.label.response_code_class = "5xx"`,
          },
        },
        userLabels: PLATFORM_LABELS,
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
