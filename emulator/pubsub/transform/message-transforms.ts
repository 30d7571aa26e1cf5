import type { MessageTransform } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';

const MAX_TRANSFORMS = 5;
const MAX_CODE_BYTES = 20 * 1024;
const FUNCTION_NAME = /^[A-Za-z_$][\w$]*$/;

/** @throws StatusError INVALID_ARGUMENT naming what is wrong @see https://cloud.google.com/pubsub/docs/smts/smts-overview */
export function checkMessageTransforms(transforms: readonly MessageTransform[] = []): void {
  if (transforms.length > MAX_TRANSFORMS) {
    throw invalidArgument(`There are ${transforms.length} message transforms; at most ${MAX_TRANSFORMS} are allowed.`);
  }
  const names = new Set<string>();
  for (const { javascriptUdf, aiInference } of transforms) {
    if (aiInference) throw invalidArgument('message_transforms: ai_inference is not supported by this server.');
    const { functionName = '', code = '' } = javascriptUdf ?? {};
    if (!FUNCTION_NAME.test(functionName)) {
      throw invalidArgument(`message_transforms: "${functionName}" is not the name of a function.`);
    }
    if (names.has(functionName)) throw invalidArgument(`message_transforms: "${functionName}" is there twice.`);
    names.add(functionName);
    if (Buffer.byteLength(code) > MAX_CODE_BYTES) {
      throw invalidArgument(
        `message_transforms: the code of "${functionName}" is longer than ${MAX_CODE_BYTES} bytes.`,
      );
    }
  }
}
