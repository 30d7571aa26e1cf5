/** How long BigQuery remembers an `insertId` at the least, best effort. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 200_000;

/** Which rows a table was given lately: one that is sent again under the same `insertId` is not stored again. */
export class RecentInsertIds {
  readonly #seenAtMs = new Map<string, number>();

  /** Whether the id is new; a new one is remembered. */
  add(insertId: string, nowMs: number): boolean {
    const seen = this.#seenAtMs.get(insertId);
    if (seen !== undefined && nowMs - seen < REMEMBERED_MS) return false;
    this.#seenAtMs.delete(insertId);
    this.#seenAtMs.set(insertId, nowMs);
    this.#forget(nowMs);
    return true;
  }

  /** Oldest first: a Map keeps the order of insertion. */
  #forget(nowMs: number): void {
    for (const [id, atMs] of this.#seenAtMs) {
      if (nowMs - atMs < REMEMBERED_MS && this.#seenAtMs.size <= MAX_REMEMBERED) return;
      this.#seenAtMs.delete(id);
    }
  }
}
