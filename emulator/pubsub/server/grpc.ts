import {
  Metadata,
  Server,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type protobuf from 'protobufjs/light.js';
import { StatusError } from '../protocol/status.ts';
import { encodeStatusDetails } from '../protocol/status-details.ts';
import type { Call } from '../rpc.ts';
import { rpcPath, type UnaryRpc } from './unary-rpc.ts';

/** Larger requests are refused by the handlers, with the service's own words. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** A call whose trailers are longer than a client takes (64 KB in base64) would be broken off without any status. */
const MAX_DETAILS_BYTES = 48 * 1024;

export type BidiHandler = (call: ServerDuplexStream<Buffer, Buffer>) => void;

const identity = (bytes: Buffer): Buffer => bytes;

export function createGrpcServer(): Server {
  return new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': 1000,
  });
}

export function addUnaryRpc(server: Server, rpc: UnaryRpc, log: (message: string) => void): void {
  const serve = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    const onAnswered: (() => void)[] = [];
    void rpc
      .invoke(call.request, describe(call, onAnswered))
      .then(
        (response) => answer(null, response),
        (error: unknown) => answer(toGrpcError(error, rpc.path, log)),
      )
      .finally(() => onAnswered.forEach((run) => run()));
  };
  server.register(rpc.path, serve, identity, identity, 'unary');
}

export function addBidiHandler(server: Server, service: protobuf.Service, name: string, handler: BidiHandler): void {
  server.register(rpcPath(service, name), handler, identity, identity, 'bidi');
}

/** A status to send. What is no refusal is a fault of the server: it is logged, and not shown to the caller. */
export function toGrpcError(
  error: unknown,
  path: string,
  log: (message: string) => void,
): { readonly code: status; readonly details: string; readonly metadata: Metadata } {
  const metadata = new Metadata();
  if (error instanceof StatusError) {
    const code = status[error.code];
    // A name in the message may hold half a surrogate pair, which gRPC cannot send: its layer would throw at nobody.
    const message = error.message.toWellFormed();
    const encoded = error.details.length > 0 && encodeStatusDetails(code, message, error.details);
    if (encoded && encoded.length <= MAX_DETAILS_BYTES) metadata.set('grpc-status-details-bin', encoded);
    return { code, details: message, metadata };
  }
  log(`${path} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return { code: status.INTERNAL, details: 'Internal error.', metadata };
}

function describe(call: ServerUnaryCall<Buffer, Buffer>, onAnswered: (() => void)[]): Call {
  const deadline = call.getDeadline();
  return {
    deadlineMs: deadline instanceof Date ? deadline.getTime() : deadline,
    onCancelled: (run) => void call.once('cancelled', run),
    onAnswered: (run) => void onAnswered.push(run),
  };
}
