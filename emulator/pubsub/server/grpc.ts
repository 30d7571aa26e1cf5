import {
  Metadata,
  Server,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type protobuf from 'protobufjs/light.js';
import { invalidArgument, StatusError } from '../protocol/status.ts';
import type { Call, Unary, UnaryHandlers } from '../rpc.ts';

/** Larger requests are refused by the handlers, with the service's own words. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** RPCs that take and give their messages encoded. */
const RAW_REQUESTS: ReadonlySet<string> = new Set(['Publish']);

export type BidiHandler = (call: ServerDuplexStream<Buffer, Buffer>) => void;

const identity = (bytes: Buffer): Buffer => bytes;

export function createGrpcServer(): Server {
  return new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': 1000,
  });
}

/** Serves the RPCs of a service that there are handlers for; grpc-js answers UNIMPLEMENTED for the others. */
export function addUnaryHandlers(
  server: Server,
  service: protobuf.Service,
  handlers: UnaryHandlers,
  log: (message: string) => void,
): void {
  for (const method of service.methodsArray) {
    const handler = handlers[method.name] as Unary<unknown> | undefined;
    method.resolve();
    const { resolvedRequestType: requestType, resolvedResponseType: responseType } = method;
    if (!handler || !requestType || !responseType) continue;
    const decode = RAW_REQUESTS.has(method.name) ? identity : (bytes: Buffer) => decodeMessage(requestType, bytes);
    const path = pathOf(service, method.name);
    const handle = async (call: ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> => {
      const response = await handler(decode(call.request), describe(call));
      return Buffer.isBuffer(response) ? response : encodeMessage(responseType, response);
    };
    const serve = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
      handle(call).then(
        (response) => answer(null, response),
        (error: unknown) => answer(toGrpcError(error, path, log)),
      );
    };
    server.register(path, serve, identity, identity, 'unary');
  }
}

export function addBidiHandler(server: Server, service: protobuf.Service, name: string, handler: BidiHandler): void {
  server.register(pathOf(service, name), handler, identity, identity, 'bidi');
}

/** The message in the shape of `protocol/resources.ts`. @throws StatusError INVALID_ARGUMENT */
export function decodeMessage(type: protobuf.Type, bytes: Buffer): object {
  try {
    return type.toObject(type.decode(bytes), { longs: Number, enums: String, bytes: Buffer });
  } catch {
    throw invalidArgument(`The request is not a ${type.name}.`);
  }
}

export function encodeMessage(type: protobuf.Type, message: object): Buffer {
  return type.encode(type.fromObject(message)).finish() as Buffer;
}

/** A status to send. What is no refusal is a fault of the server: it is logged, and not shown to the caller. */
export function toGrpcError(
  error: unknown,
  path: string,
  log: (message: string) => void,
): { readonly code: status; readonly details: string; readonly metadata: Metadata } {
  const metadata = new Metadata();
  if (error instanceof StatusError) return { code: status[error.code], details: error.message, metadata };
  if (error instanceof RangeError) {
    // What the protobuf reader throws at bytes that are none.
    return { code: status.INVALID_ARGUMENT, details: `The request cannot be decoded: ${error.message}`, metadata };
  }
  log(`${path} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return { code: status.INTERNAL, details: 'Internal error.', metadata };
}

const pathOf = (service: protobuf.Service, method: string): string => `/${service.fullName.slice(1)}/${method}`;

function describe(call: ServerUnaryCall<Buffer, Buffer>): Call {
  const deadline = call.getDeadline();
  return {
    deadlineMs: deadline instanceof Date ? deadline.getTime() : deadline,
    onCancelled: (run) => void call.once('cancelled', run),
  };
}
