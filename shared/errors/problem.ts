import { type Refusal, REFUSALS } from './refusals.ts';

/** Media type of a problem document. */
export const PROBLEM_JSON = 'application/problem+json';

/**
 * Renders a refusal as a problem document, with the status and headers of its code.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemResponse(refusal: Refusal): Response {
  const { status, title, headers } = REFUSALS[refusal.code];
  const { detail, members, headers: particularHeaders } = refusal.particulars;
  const body = { type: `urn:headgate:problem:${refusal.code}`, code: refusal.code, title, status, detail, ...members };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': PROBLEM_JSON, 'cache-control': 'no-store', ...headers, ...particularHeaders },
  });
}
