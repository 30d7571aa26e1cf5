import { AlertPolicy, NotificationChannel } from '@pulumi/gcp/monitoring/index.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { PLATFORM_LABELS, type PlatformScope } from './platform-scope.ts';

export interface NightWatchArgs {
  readonly scope: PlatformScope;
  /** Cloud Run services of the functions. */
  readonly services: readonly string[];
  /** Who is told; without it alerts are seen in the console only. */
  readonly email?: string;
}

/** What somebody should be woken for, or find in the morning. Each says what to look at first. */
export class NightWatch extends ComponentResource {
  constructor(name: string, { scope, services, email }: NightWatchArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:NightWatch', name, {}, options);
    const project = scope.projectId;

    const channels: Output<string>[] = [];
    if (email !== undefined) {
      const channel = new NotificationChannel(
        `${name}-email`,
        {
          project,
          type: 'email',
          displayName: 'Headgate on call',
          labels: { email_address: email },
          userLabels: PLATFORM_LABELS,
        },
        { parent: this },
      );
      channels.push(channel.name);
    }
    const shared = { project, combiner: 'OR', notificationChannels: channels, userLabels: PLATFORM_LABELS };

    // Nothing is lost: the messages wait for seven days. But somebody has to look, or they are lost on the eighth.
    new AlertPolicy(
      `${name}-dead-letters`,
      {
        ...shared,
        displayName: 'Headgate: dead letters',
        severity: 'WARNING',
        conditions: [
          {
            displayName: 'dead letters that nobody has dealt with',
            conditionThreshold: {
              filter: subscriptionMetric('num_undelivered_messages', '.*\\.dead-letter\\.inspect'),
              comparison: 'COMPARISON_GT',
              thresholdValue: 0,
              duration: '300s',
              aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_MAX' }],
            },
          },
        ],
        documentation: {
          mimeType: 'text/markdown',
          content:
            'Ask `SELECT reason, source_subscription, COUNT(*) FROM <tenant>.failed_events GROUP BY ALL` for the reasons.',
        },
      },
      { parent: this },
    );

    // The one number that says "events are taken in and go nowhere", whatever the cause: decide failing, its push refused,
    // BigQuery refusing rows, a grant missing.
    new AlertPolicy(
      `${name}-backlog`,
      {
        ...shared,
        displayName: 'Headgate: events wait',
        severity: 'CRITICAL',
        conditions: [
          {
            displayName: 'oldest unacknowledged message is older than ten minutes',
            conditionThreshold: {
              filter: subscriptionMetric('oldest_unacked_message_age', '.*\\.(decide|warehouse)'),
              comparison: 'COMPARISON_GT',
              thresholdValue: 600,
              duration: '300s',
              aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_MAX' }],
            },
          },
        ],
        documentation: {
          mimeType: 'text/markdown',
          content:
            'The subscription names tenant and consumer. For `.decide` see its 5xx; for `.warehouse` the subscription state.',
        },
      },
      { parent: this },
    );

    // A share, not a count: one failed request at four in the morning wakes nobody, a twentieth of all does.
    new AlertPolicy(
      `${name}-errors`,
      {
        ...shared,
        displayName: 'Headgate: requests fail',
        severity: 'CRITICAL',
        conditions: services.map((service) => ({
          displayName: `more than 5 % of requests to ${service} answered 5xx`,
          conditionThreshold: {
            filter: `${requestMetric(service)} AND metric.label.response_code_class = "5xx"`,
            denominatorFilter: requestMetric(service),
            comparison: 'COMPARISON_GT',
            thresholdValue: 0.05,
            duration: '300s',
            aggregations: [ratePerMinute],
            denominatorAggregations: [ratePerMinute],
          },
        })),
        documentation: {
          mimeType: 'text/markdown',
          content: 'Look at the log lines of severity ERROR, by `tenant_id`.',
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

const ratePerMinute = { alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_RATE', crossSeriesReducer: 'REDUCE_SUM' };

/** A filter for a metric of Pub/Sub subscriptions, by a regular expression of their ids. */
export function subscriptionMetric(metric: string, subscriptions: string): string {
  return [
    'resource.type = "pubsub_subscription"',
    `metric.type = "pubsub.googleapis.com/subscription/${metric}"`,
    `resource.label.subscription_id = monitoring.regex.full_match("${subscriptions.replaceAll('\\', '\\\\')}")`,
  ].join(' AND ');
}

/** A filter for the requests to a Cloud Run service. */
export function requestMetric(service: string): string {
  return [
    'resource.type = "cloud_run_revision"',
    'metric.type = "run.googleapis.com/request_count"',
    `resource.label.service_name = "${service}"`,
  ].join(' AND ');
}
