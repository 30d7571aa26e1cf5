/** What is waiting for its time, earliest first (a binary heap). */
export class DueQueue<T> {
  readonly #heap: { readonly atMs: number; readonly item: T }[] = [];

  get earliestMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  get length(): number {
    return this.#heap.length;
  }

  add(atMs: number, item: T): void {
    const heap = this.#heap;
    const entry = { atMs, item };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || parent.atMs <= atMs) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  /** Takes out the earliest, if it is due. */
  takeDue(nowMs: number): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.atMs > nowMs) return undefined;
    const last = heap.pop();
    if (last && last !== first) this.#sink(last);
    return first.item;
  }

  #sink(entry: { readonly atMs: number; readonly item: T }): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = right && left && right.atMs < left.atMs ? right : left;
      if (!child || child.atMs >= entry.atMs) break;
      heap[index] = child;
      index = child === right ? 2 * index + 2 : 2 * index + 1;
    }
    heap[index] = entry;
  }
}
