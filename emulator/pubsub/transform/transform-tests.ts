import { status } from '@grpc/grpc-js';
import { toMs } from '../protocol/duration.ts';
import type { MessageTransform, PubsubMessage, Timestamp } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';
import type { PubSub } from '../pubsub.ts';
import { parseProject } from '../resource-name.ts';
import type { UnaryHandlers } from '../rpc.ts';
import { checkMessageTransforms } from './message-transforms.ts';
import type { TransformInput, TransformResult } from './sandbox.ts';
import type { TransformWorker } from './transform-worker.ts';

interface TestRequest {
  readonly project?: string;
  readonly message?: Partial<Omit<PubsubMessage, 'publishTimeMs'>> & { readonly publishTime?: Timestamp };
  readonly messageTransforms?: { readonly messageTransforms?: readonly MessageTransform[] };
  readonly topic?: string;
  readonly subscription?: string;
}

/** The RPCs that try message transforms out: nothing is published or changed. */
export const createTransformTests = (pubsub: PubSub, worker: TransformWorker): UnaryHandlers => ({
  async ValidateMessageTransform(request: { project?: string; messageTransform?: MessageTransform }) {
    const { project, messageTransform } = request;
    parseProject(project);
    if (!messageTransform) throw invalidArgument('message_transform is missing.');
    checkMessageTransforms([messageTransform]);
    // Also where it is disabled: it may be enabled later.
    const compiled = await worker.compile([{ ...messageTransform, disabled: false }]);
    compiled.close();
    return {};
  },

  /** Answers what the message is after each transform; the first one that drops it or fails is the last. */
  async TestMessageTransforms(request: TestRequest) {
    parseProject(request.project);
    let message = readMessage(request);
    const transformedMessages: object[] = [];
    for (const transform of transformsOf(pubsub, request)) {
      if (transform.disabled) continue;
      const result = await applyOne(worker, transform, message);
      transformedMessages.push(describe(result));
      if (!('message' in result)) break;
      message = { ...message, ...result.message };
    }
    return { transformedMessages };
  },
});

/** @throws StatusError INVALID_ARGUMENT where there is nothing to transform */
function readMessage({ message = {} }: TestRequest): TransformInput {
  const { data = Buffer.alloc(0), attributes = {}, orderingKey = '', messageId, publishTime } = message;
  if (data.length === 0 && Object.keys(attributes).length === 0) {
    throw invalidArgument('message: it must have data or attributes.');
  }
  return {
    data,
    attributes,
    orderingKey,
    ...(messageId && { messageId }),
    ...(publishTime && { publishTimeMs: toMs(publishTime) }),
  };
}

/** @throws StatusError INVALID_ARGUMENT, or NOT_FOUND for a topic or subscription that is not there */
function transformsOf(pubsub: PubSub, request: TestRequest): readonly MessageTransform[] {
  const { messageTransforms: adHoc, topic, subscription } = request;
  if ([adHoc, topic, subscription].filter(Boolean).length !== 1) {
    throw invalidArgument('Exactly one of message_transforms, topic and subscription must be set.');
  }
  if (topic) return pubsub.topic(topic).resource.messageTransforms ?? [];
  if (subscription) return pubsub.subscription(subscription).resource.messageTransforms ?? [];
  checkMessageTransforms(adHoc?.messageTransforms);
  return adHoc?.messageTransforms ?? [];
}

async function applyOne(
  worker: TransformWorker,
  transform: MessageTransform,
  message: TransformInput,
): Promise<TransformResult> {
  const compiled = await worker.compile([transform]);
  try {
    const [result] = await compiled.apply([message]);
    return result ?? { error: 'the transform gave no result' };
  } finally {
    compiled.close();
  }
}

/** `TransformedMessage` of the REST API. */
function describe(result: TransformResult): object {
  if ('message' in result) return { transformedMessage: result.message };
  if ('filtered' in result) return { filteredMessage: {} };
  return { failedMessage: { error: { code: status.INVALID_ARGUMENT, message: result.error } } };
}
