import type { ServerDuplexStream } from '@grpc/grpc-js';
import type protobuf from 'protobufjs/light.js';
import { decodeMessage, encodeMessage } from '../protocol/encoding.ts';
import { encodeReceivedMessages } from '../protocol/received-messages.ts';
import type { StatusError } from '../protocol/status.ts';
import type { PubSub } from '../pubsub.ts';
import { StreamingPull, type StreamingPullCall, type StreamingPullRequest } from '../pull/streaming-pull.ts';
import { type BidiHandler, toGrpcError } from './grpc.ts';

const PATH = '/google.pubsub.v1.Subscriber/StreamingPull';

/** Serves `Subscriber.StreamingPull`: gRPC's side of `StreamingPull`. */
export function createStreamingPullHandler(
  pubsub: PubSub,
  service: protobuf.Service,
  log: (message: string) => void,
): BidiHandler {
  const method = service.methods['StreamingPull'];
  method?.resolve();
  const { resolvedRequestType, resolvedResponseType } = method ?? {};
  if (!resolvedRequestType || !resolvedResponseType) throw new Error('The service has no StreamingPull.');

  return (call) => {
    let stream: StreamingPull | undefined;
    const fail = (error: unknown): void => void call.emit('error', toGrpcError(error, PATH, log));

    call.on('data', (bytes: Buffer) => {
      try {
        const request: StreamingPullRequest = decodeMessage(resolvedRequestType, bytes);
        if (stream) stream.onRequest(request);
        else stream = open(pubsub, request, call, resolvedResponseType);
      } catch (error) {
        stream?.close();
        fail(error);
      }
    });
    call.on('drain', () => stream?.onDrained());
    call.on('cancelled', () => stream?.close());
    call.on('end', () => {
      stream?.close();
      call.end();
    });
    call.on('error', () => stream?.close());
  };
}

function open(
  pubsub: PubSub,
  request: StreamingPullRequest,
  call: ServerDuplexStream<Buffer, Buffer>,
  responseType: protobuf.Type,
): StreamingPull {
  const subscription = pubsub.subscription(request.subscription);
  const other: StreamingPullCall = {
    send: (messages) => call.write(encodeReceivedMessages(messages)),
    respond: (response) => void call.write(encodeMessage(responseType, response)),
    fail: (error: StatusError) =>
      void call.emit(
        'error',
        toGrpcError(error, PATH, () => undefined),
      ),
  };
  return new StreamingPull(pubsub.clock, subscription, request, other);
}
