import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { DocumentStore } from '../documents/store.ts';
import { runQuery } from './run-query.ts';

test('vector search, which is not there, is refused by name', () => {
  expect(() =>
    runQuery(new DocumentStore(), 'projects/p/databases/(default)/documents', {
      from: [],
      orderBy: [],
      findNearest: {},
    }),
  ).toThrow(
    expect.objectContaining({ code: status.UNIMPLEMENTED, message: expect.stringContaining('findNearest') as string }),
  );
});
