import { invalidArgument, StatusError } from '../protocol/status.ts';
import type { PubSub } from '../pubsub.ts';
import type { UnaryHandlers } from '../rpc.ts';

/** `google.iam.v1.Policy`. */
interface Policy {
  readonly version?: number;
  readonly bindings?: readonly object[];
  readonly etag?: Buffer;
}

interface NamesResource {
  readonly resource?: string;
}

/** What Google answers for a resource whose policy was never set. */
const NO_POLICY: Policy = { etag: Buffer.from('ACAB', 'base64') };
const COLLECTION = /^projects\/[^/]+\/([a-z]+)\/[^/]+$/;

/**
 * The RPCs of `google.iam.v1.IAMPolicy`. Policies are kept and returned, so that what sets them can be tested, and not
 * enforced: this server has no callers to tell apart.
 */
export function createIamPolicy(pubsub: PubSub): UnaryHandlers {
  // With the resource itself as key, a policy is gone with it, and a new one of its name begins without.
  const policies = new WeakMap<object, Policy>();
  let changes = 0;

  const find = (name: string | undefined): object => {
    const [, collection] = COLLECTION.exec(name ?? '') ?? [];
    if (collection === 'topics') return pubsub.topic(name);
    if (collection === 'subscriptions') return pubsub.subscription(name);
    if (collection === 'snapshots') return pubsub.snapshots.get(name);
    if (collection === 'schemas') return pubsub.schemas.get(name);
    throw invalidArgument(`Invalid resource: "${name ?? ''}" names nothing that has a policy.`);
  };

  return {
    GetIamPolicy: ({ resource }: NamesResource) => policies.get(find(resource)) ?? NO_POLICY,

    SetIamPolicy({ resource, policy = {} }: NamesResource & { policy?: Policy }) {
      const found = find(resource);
      const current = policies.get(found) ?? NO_POLICY;
      if (policy.etag?.length && !current.etag?.equals(policy.etag)) {
        throw new StatusError('ABORTED', 'The policy has been changed meanwhile: its etag is another.');
      }
      const etag = Buffer.alloc(8);
      etag.writeBigUInt64BE(BigInt(++changes));
      const { version = 1, bindings = [] } = policy;
      const updated = { version, bindings, etag };
      policies.set(found, updated);
      return updated;
    },

    TestIamPermissions({ resource, permissions = [] }: NamesResource & { permissions?: readonly string[] }) {
      find(resource);
      return { permissions };
    },
  };
}
