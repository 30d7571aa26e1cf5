import type { status } from '@grpc/grpc-js';

/** Whether `error` is a gRPC error with this status code. */
export function hasStatus(error: unknown, code: status): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
