/** Sends ids in batches. */
export interface Batcher {
  add(id: string): void;
  /** Resolves when everything that was added has been sent, or could not be. */
  idle(): Promise<void>;
}

/** Well within what one request may carry, at any length of ack id. */
const MAX_IDS = 1000;

/**
 * One request is under way at a time, and the next takes all that has gathered meanwhile: alone, an id is sent at once;
 * under load, few requests carry many.
 * @param send may reject; the ids are not sent again
 */
export function createBatcher(send: (ids: string[]) => Promise<unknown>, onError: (error: unknown) => void): Batcher {
  const waiting: string[] = [];
  let sending: Promise<void> | undefined;

  const sendAll = async (): Promise<void> => {
    // What is added in the same turn belongs into the first batch.
    await Promise.resolve();
    while (waiting.length > 0) await send(waiting.splice(0, MAX_IDS)).catch(onError);
    sending = undefined;
  };

  return {
    add(id) {
      waiting.push(id);
      sending ??= sendAll();
    },
    idle: () => sending ?? Promise.resolve(),
  };
}
