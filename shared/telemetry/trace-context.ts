/** Version 00, the only one published. Trace and parent ids of nothing but zeros are invalid. */
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/**
 * A request's `traceparent` header, if it is one.
 *
 * @returns undefined for anything that is not valid; a broken trace is no reason to refuse a request.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(header: string | null | undefined): string | undefined {
  return header !== null && header !== undefined && TRACEPARENT.test(header) ? header : undefined;
}
