import fc from 'fast-check';
import type protobuf from 'protobufjs/light.js';
import { loadDescriptors } from '../protocol/descriptors.ts';
import { damaged, messageOf } from './messages.ts';

/** One call over gRPC: a path, and the one message that is sent, as its frame says and as it is. */
export interface GrpcRequest {
  readonly path: string;
  readonly message: Uint8Array;
  /** What the frame says beyond the length that the message has: the others are whole. */
  readonly excessLength: number;
  readonly isMarkedCompressed: boolean;
}

const SERVICES = [
  'google.pubsub.v1.Publisher',
  'google.pubsub.v1.Subscriber',
  'google.pubsub.v1.SchemaService',
  'google.iam.v1.IAMPolicy',
];

/** What others can then ask for is made more often than it is deleted. */
function weightOf(method: string): number {
  if (/^(Delete|Detach)/.test(method)) return 1;
  return /^(Create|Publish|Pull)/.test(method) ? 12 : 6;
}

/** Requests to all RPCs of all services, and to some that there are not, from sound ones to rubbish. */
export function grpcRequests(): fc.Arbitrary<GrpcRequest> {
  const descriptors = loadDescriptors();
  const methods = SERVICES.flatMap((service) => descriptors.lookupService(service).methodsArray);
  return fc.oneof(...methods.map((method) => ({ weight: weightOf(method.name), arbitrary: requestsOf(method) })), {
    weight: 1,
    arbitrary: fc.record({
      path: fc.constantFrom('/', '/google.pubsub.v1.Publisher/Nothing', '/a/b/c', '/google.pubsub.v1.Publisher/'),
      message: fc.uint8Array(),
      excessLength: fc.constant(0),
      isMarkedCompressed: fc.constant(false),
    }),
  });
}

function requestsOf(method: protobuf.Method): fc.Arbitrary<GrpcRequest> {
  method.resolve();
  const { resolvedRequestType: type, parent } = method;
  if (!type) throw new Error(`${method.name} has no request`);
  return fc.record({
    path: fc.constant(`/${parent?.fullName.slice(1)}/${method.name}`),
    message: messageOf(type).chain((message) => damaged(type.encode(message).finish())),
    excessLength: often(0, 1, 1_000_000, 2 ** 31),
    isMarkedCompressed: often(false, true),
  });
}

/** Nearly always the first. */
const often = <Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 100, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
