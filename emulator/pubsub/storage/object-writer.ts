import type { CloudStorageConfig, DestinationState, PubsubMessage } from '../protocol/resources.ts';
import type { Bucket } from './bucket.ts';
import type { ObjectFormat } from './object-format.ts';
import { objectName } from './object-name.ts';

/** What became of each message of a batch, in order: undefined when it is stored for good, else why it is not. */
export interface StoreResult {
  readonly errors: readonly (string | undefined)[];
  /** What the subscription's `cloud_storage_config.state` is to say from now on. */
  readonly state: DestinationState;
}

export interface ObjectWriter {
  /** Stores the messages as an object. Never throws. */
  write(messages: readonly PubsubMessage[]): Promise<StoreResult>;
  /** Whether the bucket is there. Never throws. */
  probe(): Promise<DestinationState>;
}

/** @param bucket undefined where the server has no folder for buckets */
export function createObjectWriter(
  bucket: Bucket | undefined,
  config: CloudStorageConfig,
  format: ObjectFormat,
  now: () => number,
): ObjectWriter {
  return {
    async write(messages) {
      if (!bucket) return failed(messages, new Error('the server has no folder for Cloud Storage'), 'NOT_FOUND');
      try {
        const { objects, errors } = await format(messages);
        for (const { bytes } of objects) await bucket.put(objectName(config, now()), bytes);
        const isMismatch = messages.length > 0 && errors.size === messages.length;
        return {
          errors: messages.map((_, index) => errors.get(index)),
          state: isMismatch ? 'SCHEMA_MISMATCH' : 'ACTIVE',
        };
      } catch (error) {
        return failed(messages, error, stateOf(error));
      }
    },

    probe: async () => {
      if (!bucket) return 'NOT_FOUND';
      return bucket.requireExistence().then(
        () => 'ACTIVE' as const,
        (error: unknown) => stateOf(error),
      );
    },
  };
}

function failed(messages: readonly PubsubMessage[], error: unknown, state: DestinationState): StoreResult {
  const reason = error instanceof Error ? error.message : String(error);
  return { errors: messages.map(() => reason), state };
}

const STATE_OF_CODE: Readonly<Record<string, DestinationState>> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
};

/** Anything else, a full disk say, is no fault of the configuration. */
const stateOf = (error: unknown): DestinationState =>
  STATE_OF_CODE[(error as NodeJS.ErrnoException).code ?? ''] ?? 'ACTIVE';
