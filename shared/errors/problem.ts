import { type Refusal, REFUSALS } from './refusals.ts';

/** Media type of a problem document. */
export const PROBLEM_JSON = 'application/problem+json';

/**
 * A refusal as a problem document.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemOf({ code, particulars: { detail, members } }: Refusal): Record<string, unknown> {
  const { status, title } = REFUSALS[code];
  return { type: `urn:headgate:problem:${code}`, code, title, status, detail, ...members };
}

/** Renders a refusal as a problem document, with the status and headers of its code. */
export function problemResponse(refusal: Refusal): Response {
  const { status, headers } = REFUSALS[refusal.code];
  return new Response(JSON.stringify(problemOf(refusal)), {
    status,
    headers: { 'content-type': PROBLEM_JSON, 'cache-control': 'no-store', ...headers, ...refusal.particulars.headers },
  });
}
