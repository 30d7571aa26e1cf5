/** Parsing every body would make the load generator the bottleneck. */
const PARSED_EVERY = 20;

/**
 * Checks the bodies of answers with 202: one in 20 is parsed, and must say that all events of its request were accepted.
 */
export function answerCheck(eventsPerRequest: number): (body: string | Buffer | undefined) => boolean {
  let seen = 0;
  return (body) => seen++ % PARSED_EVERY !== 0 || acceptsAll(body, eventsPerRequest);
}

export function acceptsAll(body: string | Buffer | undefined, events: number): boolean {
  try {
    const answer: unknown = JSON.parse(String(body));
    return typeof answer === 'object' && answer !== null && 'accepted' in answer && answer.accepted === events;
  } catch {
    return false;
  }
}
