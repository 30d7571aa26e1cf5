import type { Message } from '../backlog/message.ts';

/** What becomes of a message before it is delivered: another message, none (filtered out), or a failure. */
export type Transformed = { readonly message: Message } | { readonly filtered: true } | { readonly error: string };

/** The message transforms of a subscription. */
export interface Transform {
  /** What they make of each message, in order. Never rejects. */
  apply(messages: readonly Message[]): Promise<readonly Transformed[]>;
  /** They are not applied again. */
  close(): void;
}
