import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/**
 * The service `google.firestore.v1.Firestore`, from the very descriptors that the client library ships.
 *
 * @throws when a later client library moves them
 */
export function firestoreServiceDefinition(): ServiceDefinition {
  const client = dirname(createRequire(import.meta.url).resolve('@google-cloud/firestore/package.json'));
  const descriptors = join(client, 'build/protos/v1.json');
  const definitions = fromJSON(JSON.parse(readFileSync(descriptors, 'utf8')), {
    longs: String,
    enums: String,
    oneofs: true,
    arrays: true,
    objects: true,
  });
  const service = definitions['google.firestore.v1.Firestore'];
  if (service === undefined || 'format' in service) throw new Error(`no service Firestore in ${descriptors}`);
  return service;
}
