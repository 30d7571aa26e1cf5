import type { PubSub } from '../pubsub.ts';
import type { UnaryRpc } from '../server/unary-rpc.ts';
import type { Faults } from './faults.ts';
import { namesIn } from './request-names.ts';

/** The RPC as it is with faults: they come before it does anything. */
export function withFaults(rpc: UnaryRpc, faults: Faults, pubsub: PubSub): UnaryRpc {
  return {
    ...rpc,
    async invoke(request, call) {
      const names = namesIn(rpc.requestType, request);
      const topics = names.map((name) => pubsub.findSubscription(name)?.topic?.name ?? '');
      await faults.beforeRpc(rpc.method.name, [...names, ...topics]);
      return rpc.invoke(request, call);
    },
  };
}
