import { status } from '@grpc/grpc-js';
import { z } from 'zod';
import { topicPath } from '#shared/naming/tenant-names.ts';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';
import { Duration, durationMessage } from './duration.ts';
import { hasStatus } from './grpc-status.ts';
import { CALL_OPTIONS, type PubSubClients } from './pubsub-clients.ts';

const Inputs = z.strictObject({
  name: z.string(),
  project: z.string(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  messageRetentionDuration: Duration.exactOptional(),
  messageStoragePolicy: z
    .strictObject({ allowedPersistenceRegions: z.array(z.string()), enforceInTransit: z.boolean().exactOptional() })
    .exactOptional(),
});

const UPDATE_MASK = { paths: ['labels', 'message_retention_duration', 'message_storage_policy'] };

export function topicResource({ publisher }: PubSubClients): ResourceHandler {
  const topicOf = ({ name, project, messageRetentionDuration, ...rest }: z.infer<typeof Inputs>) => ({
    ...rest,
    name: topicPath(project, name),
    ...(messageRetentionDuration !== undefined && {
      messageRetentionDuration: durationMessage(messageRetentionDuration),
    }),
  });
  return defineResource({
    type: 'gcp:pubsub/topic:Topic',
    inputs: Inputs,
    immutable: ['name', 'project'],
    async create(inputs) {
      const topic = topicOf(inputs);
      try {
        await publisher.createTopic(topic, CALL_OPTIONS);
      } catch (error) {
        // Left by an earlier run on a server that outlived it.
        if (!hasStatus(error, status.ALREADY_EXISTS)) throw error;
      }
      return { id: topic.name, outputs: {}, placed: true };
    },
    async update(inputs) {
      const topic = topicOf(inputs);
      await publisher.updateTopic({ topic, updateMask: UPDATE_MASK }, CALL_OPTIONS);
      return { id: topic.name, outputs: {}, placed: true };
    },
    async delete(_inputs, { id }) {
      try {
        await publisher.deleteTopic({ topic: id }, CALL_OPTIONS);
      } catch (error) {
        if (!hasStatus(error, status.NOT_FOUND)) throw error;
      }
    },
  });
}
