import type { Server } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { loadDescriptors } from '../protocol/descriptors.ts';
import { notFound, StatusError } from '../protocol/status.ts';
import type { Call, Unary } from '../rpc.ts';
import { addUnaryRpc, toGrpcError } from './grpc.ts';
import { unaryRpcsOf } from './unary-rpc.ts';

test('a status in whose words there is half a surrogate pair can be sent', () => {
  const { code, details } = toGrpcError(notFound('half-\ud83d'), '/path', () => undefined);
  expect(code).toBe(status.NOT_FOUND);
  expect(decodeURI(encodeURI(details))).toBe('Resource not found (resource=half-\ufffd).');
});

test('a fault of the server is logged, and not told to the caller', () => {
  const log: string[] = [];
  const { code, details } = toGrpcError(new TypeError('secret'), '/path', (line) => void log.push(line));
  expect([code, details]).toEqual([status.INTERNAL, 'Internal error.']);
  expect(log.join('\n')).toContain('/path failed: TypeError: secret');
});

const DETAILS = 'grpc-status-details-bin';

const withMetadata = (metadata: Record<string, string>): StatusError =>
  new StatusError('INVALID_ARGUMENT', 'no', [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'R', domain: 'd', metadata },
  ]);

test('the details of an error are sent, as far as clients take trailers of that length', () => {
  const short = toGrpcError(withMetadata({ id: 'why' }), '/path', () => undefined);
  expect(short).toMatchObject({ code: 3, details: 'no' });
  expect(short.metadata.get(DETAILS)).toHaveLength(1);
  const long = toGrpcError(withMetadata({ id: 'x'.repeat(50_000) }), '/path', () => undefined);
  expect(long).toMatchObject({ code: 3, details: 'no' });
  expect(long.metadata.get(DETAILS)).toEqual([]);
});

test('an error without details sends none', () => {
  const sent = toGrpcError(new StatusError('NOT_FOUND', 'no'), '/path', () => undefined);
  expect(sent.metadata.get(DETAILS)).toEqual([]);
});

test.each<[string, Unary<never>]>([
  ['an answer', () => ({})],
  ['a refusal', () => Promise.reject(notFound('events'))],
])('an RPC hears that its caller was answered only after %s was handed to gRPC', async (_, respond) => {
  const events: string[] = [];
  const GetTopic = (request: never, caller: Call): object => {
    caller.onAnswered(() => events.push('heard'));
    return respond(request, caller);
  };
  const service = loadDescriptors().lookupService('google.pubsub.v1.Publisher');
  const rpc = unaryRpcsOf(service, { GetTopic }).find(({ method }) => method.name === 'GetTopic')!;
  const answered = Promise.withResolvers<void>();
  const register: Server['register'] = (_path, serve) => {
    const call = { request: Buffer.alloc(0), getDeadline: () => Number.POSITIVE_INFINITY, once: () => undefined };
    const answer = (): void => {
      events.push('answered');
      setImmediate(answered.resolve);
    };
    (serve as (call: unknown, answer: () => void) => void)(call, answer);
    return true;
  };
  addUnaryRpc({ register } as Server, rpc, () => undefined);
  await answered.promise;
  expect(events).toEqual(['answered', 'heard']);
});
