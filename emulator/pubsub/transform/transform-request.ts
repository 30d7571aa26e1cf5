import { composePublishRequest, type PublishRequest } from '../protocol/publish.ts';
import { encodePublisherFields, readPublisherFields } from '../protocol/pubsub-message.ts';
import { invalidArgument } from '../protocol/status.ts';
import type { CompiledTransforms } from './transform-worker.ts';

export interface TransformedRequest {
  /** The messages that are left, as the transforms made them. */
  readonly request: PublishRequest;
  /** For each message of the original request whether it is left; the others were filtered out. */
  readonly isKept: readonly boolean[];
}

/**
 * Applies a topic's transforms to what is being published. All or none: a message that a function fails on, or makes
 * such that it could not be published, fails the whole request.
 * @throws StatusError INVALID_ARGUMENT
 * @see https://cloud.google.com/pubsub/docs/smts/choose-smts
 */
export async function transformRequest(
  transforms: CompiledTransforms,
  { topic, bytes, messages }: PublishRequest,
): Promise<TransformedRequest> {
  const results = await transforms.apply(
    messages.map(({ start, end, orderingKey }) => ({ ...readPublisherFields(bytes, start, end), orderingKey })),
  );
  const encoded = results.map((result) => {
    if ('error' in result) throw invalidArgument(`A message transform of the topic failed: ${result.error}`);
    return 'message' in result ? encodePublisherFields(result.message) : undefined;
  });
  return {
    request: composePublishRequest(
      topic,
      encoded.filter((message) => message !== undefined),
    ),
    isKept: encoded.map((message) => message !== undefined),
  };
}
