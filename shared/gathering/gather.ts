export interface GatherOptions<Item, Result> {
  /** Does all of `items` at once. Resolves to a result for each, in their order. */
  readonly handle: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How long the first item waits for others. */
  readonly windowMs: number;
  /** So many wait for no more. At least 1. */
  readonly maxItems: number;
}

/**
 * Has items handled together that come within a while of each other, because it costs less than one by one.
 *
 * No item waits longer than the window, however many come: a full batch goes at once, and batches do not wait for each
 * other. When `handle` rejects, all that were in its batch do.
 *
 * @returns what hands an item over, and gives its result.
 */
export function gather<Item, Result>({
  handle,
  windowMs,
  maxItems,
}: GatherOptions<Item, Result>): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function handleWaiting(): Promise<void> {
    clearTimeout(timer);
    const batch = waiting;
    waiting = [];
    try {
      const results = await handle(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`${results.length} results for ${batch.length} items`);
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length >= maxItems) void handleWaiting();
      else if (waiting.length === 1) timer = setTimeout(() => void handleWaiting(), windowMs);
    });
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}
