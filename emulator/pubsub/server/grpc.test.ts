import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { notFound, StatusError } from '../protocol/status.ts';
import { toGrpcError } from './grpc.ts';

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
