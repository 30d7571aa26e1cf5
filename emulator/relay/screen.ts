import { parseFilter } from '#emulator/pubsub/filter/filter.ts';
import type { PubsubMessage } from '#emulator/pubsub/protocol/resources.ts';
import { compileTransforms } from '#emulator/pubsub/transform/sandbox.ts';
import type { RelayedSubscription } from './subscription.ts';

/** What a subscription makes of a message before it is delivered. */
type Screened =
  | { readonly message: PubsubMessage }
  /** Acknowledged in its subscriber's name, unseen. */
  | { readonly filtered: true }
  | { readonly error: string };

export interface Screen {
  apply(message: PubsubMessage): Screened;
  close(): void;
}

/** The filter, then the message transforms. @throws StatusError INVALID_ARGUMENT when one does not compile */
export async function createScreen({ filter, messageTransforms = [] }: RelayedSubscription): Promise<Screen> {
  const matches = filter ? parseFilter(filter) : () => true;
  const isTransformed = messageTransforms.some(({ disabled }) => !disabled);
  const transformer = isTransformed ? await compileTransforms(messageTransforms) : undefined;
  return {
    apply(message) {
      if (!matches(message.attributes)) return { filtered: true };
      const result = transformer?.apply(message) ?? { message };
      return 'message' in result ? { message: { ...message, ...result.message } } : result;
    },
    close: () => transformer?.close(),
  };
}
