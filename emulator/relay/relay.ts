import type { OidcSigner } from '#emulator/oidc/signer.ts';
import { parseTableName } from '#emulator/pubsub/bigquery/config.ts';
import { openTable } from '#emulator/pubsub/bigquery/table.ts';
import { createTableWriter } from '#emulator/pubsub/bigquery/table-writer.ts';
import { SECOND_MS } from '#emulator/pubsub/protocol/duration.ts';
import { createPushEndpoint } from '#emulator/pubsub/push/push-endpoint.ts';
import { parseResourceName } from '#emulator/pubsub/resource-name.ts';
import type { PubSubClients } from '#emulator/pulumi/resources/pubsub-clients.ts';
import type { Destination } from './delivery.ts';
import { createPushDestination } from './destination/push-destination.ts';
import { createTableDestination } from './destination/table-destination.ts';
import { type RelayedDelivery, startRelayedDelivery } from './relayed-delivery.ts';
import { createScreen } from './screen.ts';
import type { RelayedSubscription } from './subscription.ts';

export interface RelayEnvironment {
  readonly clients: PubSubClients;
  readonly signer: OidcSigner;
  /** A BigQuery REST API, without `/bigquery/v2`. */
  readonly bigqueryUrl: string;
  /** Multiplies the pauses that a failing push endpoint is given. */
  readonly backoffScale: number;
  readonly log: (message: string) => void;
}

const MAX_PUSH_CONCURRENCY = 100;

/** The subscriptions that are played for a Pub/Sub server which only knows how to be pulled. */
export class Relay {
  readonly #environment: RelayEnvironment;
  readonly #deliveries = new Map<string, RelayedDelivery>();

  constructor(environment: RelayEnvironment) {
    this.#environment = environment;
  }

  /**
   * Plays the subscription from now on; it must exist on the server. One of the same id that was played before is not any
   * more, and what was under way for it is answered for first. A pull subscription leaves nothing to play.
   * @throws StatusError INVALID_ARGUMENT when a transform does not compile
   */
  async set(subscription: RelayedSubscription): Promise<void> {
    const { clients, log } = this.#environment;
    const { id } = parseResourceName('subscriptions', subscription.name);
    const screen = await createScreen(subscription);
    await this.remove(id);
    const destination = this.#destinationOf(subscription);
    if (destination)
      this.#deliveries.set(id, startRelayedDelivery({ clients, subscription, screen, destination, log }));
    else screen.close();
  }

  /** No error where it is not played. */
  async remove(id: string): Promise<void> {
    const delivery = this.#deliveries.get(id);
    this.#deliveries.delete(id);
    await delivery?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#deliveries.keys()].map((id) => this.remove(id)));
  }

  #destinationOf({ name, pushConfig, bigqueryConfig, ...rest }: RelayedSubscription): Destination | undefined {
    const { signer, bigqueryUrl, backoffScale } = this.#environment;
    const { pushEndpoint } = pushConfig ?? {};
    if (pushEndpoint) {
      const timeoutMs = rest.ackDeadlineSeconds * SECOND_MS;
      return createPushDestination({
        endpoint: createPushEndpoint({ config: { ...pushConfig, pushEndpoint }, signer, timeoutMs }),
        subscription: name,
        isOrdered: rest.enableMessageOrdering,
        maxConcurrency: MAX_PUSH_CONCURRENCY,
        backoffScale,
      });
    }
    if (bigqueryConfig) {
      const table = openTable(bigqueryUrl, parseTableName(bigqueryConfig.table));
      return createTableDestination(createTableWriter(table, name, bigqueryConfig, Date.now));
    }
    return undefined;
  }
}
