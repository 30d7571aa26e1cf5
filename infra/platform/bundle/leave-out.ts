import { readFile } from 'node:fs/promises';
import type { Loader, Plugin } from 'esbuild';
import { pruneDescriptor } from './prune-descriptor.ts';

interface Replacement {
  /** The module, as its path ends. */
  readonly path: string;
  readonly loader: Loader;
  readonly contents: (original: string) => string;
}

const empty = (path: string): Replacement => ({ path, loader: 'js', contents: () => '' });

/** A class of which an instance is made, and nothing asked but to close: whoever made it closes it as well as itself. */
const noClient = (path: string, name: string): Replacement => ({
  path,
  loader: 'js',
  contents: () => `exports.${name} = class { async close() {} };`,
});

/**
 * What Google's clients load and Headgate never uses. Half of the time to the first answer went there: to describe the messages of
 * services that nobody calls (administration, locations, IAM), and to read generated types that are exported and no more.
 */
const REPLACEMENTS: readonly Replacement[] = [
  {
    path: '@google-cloud/firestore-api/build/protos/protos.json',
    loader: 'json',
    contents: (json) => JSON.stringify(pruneDescriptor(JSON.parse(json), 'google.firestore.v1.Firestore')),
  },
  noClient('@google-cloud/firestore-api/build/src/v1/firestore_admin_client.js', 'FirestoreAdminClient'),
  {
    path: '@google-cloud/pubsub-api/build/protos/protos.json',
    loader: 'json',
    contents: (json) => JSON.stringify(pruneDescriptor(JSON.parse(json), 'google.pubsub.v1.Publisher')),
  },
  empty('@google-cloud/pubsub-api/build/protos/protos.js'),
  noClient('@google-cloud/pubsub-api/build/src/v1/schema_service_client.js', 'SchemaServiceClient'),
  noClient('@google-cloud/pubsub-api/build/src/v1/subscriber_client.js', 'SubscriberClient'),
  noClient('google-gax/build/src/locationService.js', 'LocationsClient'),
  noClient('google-gax/build/src/iamService.js', 'IamClient'),
  empty('google-gax/build/protos/iam_service.js'),
  empty('google-gax/build/protos/locations.js'),
  empty('google-gax/build/protos/operations.js'),
];

/** `onEnd` throws where one of them was not met: the client has changed, and what was left out is perhaps elsewhere now. */
export function leaveOut(): { readonly plugin: Plugin; readonly onEnd: () => void } {
  const missing = new Set(REPLACEMENTS.map(({ path }) => path));
  const plugin: Plugin = {
    name: 'leave-out',
    setup: (build) => {
      for (const { path, loader, contents } of REPLACEMENTS) {
        build.onLoad({ filter: new RegExp(`${path.replaceAll(/[./]/g, String.raw`[\$&]`)}$`) }, async (module) => {
          missing.delete(path);
          return { loader, contents: contents(await readFile(module.path, 'utf8')) };
        });
      }
    },
  };
  return {
    plugin,
    onEnd: () => {
      if (missing.size > 0) throw new Error(`not there to be left out: ${[...missing].join(', ')}`);
    },
  };
}
