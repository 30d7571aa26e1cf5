import type { PubSub, Subscription } from '@google-cloud/pubsub';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import { indexIn } from './events.ts';

/** Watches tenants' decisions: what was decided, and when that was seen. */
export interface Decisions {
  /** When the decision about an event was first seen, by \`performance.now\`, by the event's place in its load. */
  readonly seenAtMs: ReadonlyMap<number, number>;
  /** Resolves when there are so many, and rejects where none has come for a while. */
  seen(count: number): Promise<void>;
  /** Forgets what was seen. */
  reset(): void;
  close(): Promise<void>;
}

/** Without another decision for so long, no more will come. */
const PATIENCE_MS = 20_000;

export async function watchDecisions(pubsub: PubSub, tenants: readonly TenantId[]): Promise<Decisions> {
  const seenAtMs = new Map<number, number>();
  let onSeen: () => void = () => undefined;
  const subscriptions = await Promise.all(
    tenants.map(async (tenant): Promise<Subscription> => {
      const { decisions } = tenantNames(tenant).topics;
      const [subscription] = await pubsub.topic(decisions).createSubscription(`${decisions}.bench`);
      return subscription;
    }),
  );
  for (const subscription of subscriptions) {
    subscription.on('message', (message) => {
      const index = indexIn(message.attributes['event_id'] ?? '');
      if (!seenAtMs.has(index)) seenAtMs.set(index, performance.now());
      message.ack();
      onSeen();
    });
    subscription.on('error', (error) => void process.stderr.write(`${error.message}\n`));
  }
  return {
    seenAtMs,
    seen: (count) =>
      new Promise((resolve, reject) => {
        let patience: NodeJS.Timeout | undefined;
        onSeen = () => {
          clearTimeout(patience);
          if (seenAtMs.size >= count) {
            onSeen = () => undefined;
            resolve();
            return;
          }
          patience = setTimeout(
            () => reject(new Error(`${seenAtMs.size} decisions of ${count}, and then none for ${PATIENCE_MS} ms`)),
            PATIENCE_MS,
          );
        };
        onSeen();
      }),
    reset: () => seenAtMs.clear(),
    close: async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
    },
  };
}
