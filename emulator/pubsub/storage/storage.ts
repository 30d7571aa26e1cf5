import { join } from 'node:path';
import type { Clock } from '../clock/clock.ts';
import type { AvroConfig, CloudStorageConfig } from '../protocol/resources.ts';
import type { Schemas } from '../schema/schemas.ts';
import type { Exporter, Subscription } from '../subscription.ts';
import { folderBucket } from './bucket.ts';
import { encodeText, type ObjectFormat } from './object-format.ts';
import { createObjectWriter } from './object-writer.ts';
import { StorageExporter } from './storage-exporter.ts';

/** Cloud Storage as this server has it: a folder, whose sub-folders are the buckets. */
export interface Storage {
  createExporter(subscription: Subscription, config: CloudStorageConfig, schemas: Schemas): Exporter;
  /** Resolves when all that is being written is. */
  settled(): Promise<void>;
}

/** @param directory the folder of the buckets; without one no bucket is found */
export function createStorage(directory: string | undefined, clock: Clock): Storage {
  const writes = new Set<Promise<void>>();
  const onWrite = (write: Promise<void>): void => {
    writes.add(write);
    void write.finally(() => writes.delete(write));
  };
  return {
    createExporter(subscription, config, schemas) {
      const { bucket = '', avroConfig } = config;
      const format = avroConfig ? avroFormat(avroConfig, subscription.name, schemas) : encodeText;
      const folder = directory === undefined ? undefined : folderBucket(join(directory, bucket));
      const writer = createObjectWriter(folder, config, format, () => clock.now());
      return new StorageExporter({ clock, subscription, writer, config, onWrite });
    },
    async settled() {
      await Promise.all(writes);
    },
  };
}

/** Avro is loaded with the first object that needs it: a server without any starts faster. */
function avroFormat(config: AvroConfig, subscription: string, schemas: Schemas): ObjectFormat {
  return async (messages) => {
    const { createAvroFormat } = await import('./avro-format.ts');
    return createAvroFormat(config, subscription, schemas)(messages);
  };
}
