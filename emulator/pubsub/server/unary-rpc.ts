import type protobuf from 'protobufjs/light.js';
import { decodeMessage, encodeMessage } from '../protocol/encoding.ts';
import { invalidArgument, StatusError } from '../protocol/status.ts';
import type { Call, Unary, UnaryHandlers } from '../rpc.ts';

/** An RPC of one request and one response, both encoded: what every protocol that this server speaks ends in. */
export interface UnaryRpc {
  /** `/google.pubsub.v1.Publisher/CreateTopic` */
  readonly path: string;
  readonly method: protobuf.Method;
  readonly requestType: protobuf.Type;
  readonly responseType: protobuf.Type;
  /** @throws StatusError whatever the caller is to be told */
  invoke(request: Buffer, call: Call): Promise<Buffer>;
}

/** RPCs that take and give their messages encoded. */
const RAW_REQUESTS: ReadonlySet<string> = new Set(['Publish']);

/** What a request may take, encoded, where that is less than what any message may. @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_REQUEST_BYTES: Readonly<Record<string, number>> = {
  Acknowledge: 512 * 1024,
  ModifyAckDeadline: 512 * 1024,
};

/** The unary RPCs of a service. Those that there is no handler for answer UNIMPLEMENTED. */
export function unaryRpcsOf(service: protobuf.Service, handlers: UnaryHandlers): UnaryRpc[] {
  return service.methodsArray.flatMap((method) => {
    method.resolve();
    const { resolvedRequestType: requestType, resolvedResponseType: responseType } = method;
    if (!requestType || !responseType || method.requestStream || method.responseStream) return [];
    const path = rpcPath(service, method.name);
    const handler = handlers[method.name] as Unary<unknown> | undefined;
    const maxBytes = MAX_REQUEST_BYTES[method.name] ?? Number.POSITIVE_INFINITY;
    const invoke = async (request: Buffer, call: Call): Promise<Buffer> => {
      if (!handler) throw new StatusError('UNIMPLEMENTED', `The server does not implement the method ${path}`);
      if (request.length > maxBytes) {
        throw invalidArgument(`Request payload size exceeds the limit: ${maxBytes} bytes.`);
      }
      const response = await handler(
        RAW_REQUESTS.has(method.name) ? request : decodeMessage(requestType, request),
        call,
      );
      return Buffer.isBuffer(response) ? response : encodeMessage(responseType, response);
    };
    return [{ path, method, requestType, responseType, invoke }];
  });
}

export const rpcPath = (service: protobuf.Service, method: string): string => `/${service.fullName.slice(1)}/${method}`;
