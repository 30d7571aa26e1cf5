import type { StreamMessage } from '#shared/events/messages.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { type Stream, tenantNames } from '#shared/naming/tenant-names.ts';
import { createAttempts, type PublishFailure } from './attempts.ts';
import { type BatchLimits, type Group, Lane } from './lane.ts';
import type { PublishOutcome } from './outcome.ts';
import { Outages } from './outages.ts';
import type { PublishRpc } from './publish-rpc.ts';

/** Whose topic, and how that tenant wants its messages gathered. `TenantSettings` is one. */
export interface PublishTarget {
  readonly tenantId: TenantId;
  readonly batching: BatchLimits;
}

export interface Publisher {
  /**
   * Publishes `messages` to the tenant's topic of `stream`, gathered with those of other calls into batches within the
   * tenant's limits. Messages with the same ordering key reach Pub/Sub in the order of the calls, except that what failed
   * does not hold up what follows.
   *
   * @returns one outcome for each message, in order; `accepted` only after Pub/Sub's acknowledgement. Never throws, and
   *   takes the publish deadline at most. A message not accepted may nevertheless have been stored.
   */
  publish(target: PublishTarget, stream: Stream, messages: readonly StreamMessage[]): Promise<PublishOutcome[]>;
  /** Sends what is waiting at once, and resolves when every message given so far has its outcome. */
  flush(): Promise<void>;
}

export interface PublisherOptions {
  readonly rpc: PublishRpc;
  /** From `publish` to the last outcome. */
  readonly deadlineMs: number;
  readonly onFailure: (failure: PublishFailure) => void;
  /** Learns which topics are down, and is asked. Default: its own. */
  readonly outages?: Outages;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** Holds nothing for a topic on which nothing is under way: a thousand quiet tenants cost what one does. */
export function createPublisher({
  rpc,
  deadlineMs,
  onFailure,
  outages = new Outages(),
  now = () => performance.now(),
}: PublisherOptions): Publisher {
  const attempts = createAttempts({ rpc, outages, onFailure, now });
  const lanes = new Map<string, Lane>();
  const underWay = new Set<Promise<PublishOutcome[]>>();

  /** A request to Pub/Sub carries messages of one ordering key only, or of none; so does a lane. */
  function laneOf(topic: string, orderingKey: string | undefined): Lane {
    const key = orderingKey === undefined ? topic : `${topic}/${orderingKey}`;
    let lane = lanes.get(key);
    if (lane === undefined) {
      lane = new Lane({
        send: (messages, openedAtMs) => attempts.publish(topic, messages, openedAtMs + deadlineMs),
        maxInFlight: orderingKey === undefined ? Infinity : 1,
        onIdle: () => lanes.delete(key),
        now,
      });
      lanes.set(key, lane);
    }
    return lane;
  }

  function publish(
    { tenantId, batching }: PublishTarget,
    stream: Stream,
    messages: readonly StreamMessage[],
  ): Promise<PublishOutcome[]> {
    if (messages.length === 0) return Promise.resolve([]);
    const topic = tenantNames(tenantId).topics[stream];
    const { promise, resolve } = Promise.withResolvers<PublishOutcome[]>();
    const group: Group = { outcomes: [], unsettled: messages.length, resolve };
    for (const [index, message] of messages.entries()) {
      laneOf(topic, message.orderingKey).add(message, group, index, batching);
    }
    underWay.add(promise);
    void promise.then(() => underWay.delete(promise));
    return promise;
  }

  async function flush(): Promise<void> {
    for (const lane of lanes.values()) lane.flush();
    await Promise.all(underWay);
  }

  return { publish, flush };
}
