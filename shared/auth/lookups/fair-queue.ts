/** What became of something that was to wait. */
export type Pushed<Item> =
  /** It waits. `displaced` waited longest in line behind its own kind, and no longer does: the queue was full. */
  | { readonly outcome: 'queued'; readonly displaced: Item | undefined }
  /** The queue is full, and nobody has more in it than this claim. */
  | { readonly outcome: 'over_share' }
  /** The queue is full, and everybody in it has as little as this claim would. */
  | { readonly outcome: 'full' };

/**
 * A bounded queue from which claims take turns. Something that waits alone for its claim has its turn after at most one of
 * each claim that waited before it, whatever is pushed afterwards, and is never displaced. So what one claim pushes keeps
 * no other out; only as many claims as there are places do.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8290 which does the same to packets by flow
 */
export class FairQueue<Item> {
  readonly #capacity: number;
  /** In the order of their turns; none is empty. */
  readonly #queues = new Map<string, Item[]>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  push(claim: string, item: Item): Pushed<Item> {
    const own = this.#queues.get(claim);
    let displaced: Item | undefined;
    if (this.#size >= this.#capacity) {
      const ownLength = own?.length ?? 0;
      const [longest, queue] = this.#longest();
      if (queue === undefined || queue.length <= ownLength + 1) {
        return { outcome: ownLength === 0 ? 'full' : 'over_share' };
      }
      displaced = queue.at(-1);
      if (displaced !== undefined) this.remove(longest, displaced);
    }
    if (own === undefined) this.#queues.set(claim, [item]);
    else own.push(item);
    this.#size++;
    return { outcome: 'queued', displaced };
  }

  /** Takes out what has its turn. */
  shift(): Item | undefined {
    const [first] = this.#queues;
    if (first === undefined) return undefined;
    const [claim, queue] = first;
    const item = queue.shift();
    this.#size--;
    this.#queues.delete(claim);
    if (queue.length > 0) this.#queues.set(claim, queue);
    return item;
  }

  /** Takes out what waits no longer. */
  remove(claim: string, item: Item): void {
    const queue = this.#queues.get(claim);
    const index = queue?.lastIndexOf(item) ?? -1;
    if (queue === undefined || index < 0) return;
    queue.splice(index, 1);
    this.#size--;
    if (queue.length === 0) this.#queues.delete(claim);
  }

  #longest(): readonly [string, Item[] | undefined] {
    let longest: readonly [string, Item[] | undefined] = ['', undefined];
    // Everybody has one: the common case under a flood of ever other claims.
    if (this.#queues.size === this.#size) return longest;
    for (const entry of this.#queues) {
      if (entry[1].length > (longest[1]?.length ?? 0)) longest = entry;
    }
    return longest;
  }
}
