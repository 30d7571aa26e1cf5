import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { notFound } from '../protocol/status.ts';
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
