import type { WireResponse } from '#test/wire/response-reader.ts';

/** What was sent, in few words, and what was answered. */
export type Answered = readonly [what: string, response: WireResponse];
