/** What an instance may let through of a tenant's events: a bucket that fills at a rate, and may be overdrawn. */
export class TokenBucket {
  #balance: number;
  #perMs: number;
  #capacity: number;
  #atMs: number;

  /**
   * @param perMs tokens that flow in each millisecond, more than 0
   * @param balance at the beginning; full where it is not given
   */
  constructor(perMs: number, capacity: number, nowMs: number, balance: number = capacity) {
    this.#perMs = perMs;
    this.#capacity = capacity;
    this.#balance = Math.min(capacity, balance);
    this.#atMs = nowMs;
  }

  /** At most the capacity; below zero where more was taken than was there. */
  balance(nowMs: number): number {
    if (nowMs > this.#atMs) {
      this.#balance = Math.min(this.#capacity, this.#balance + (nowMs - this.#atMs) * this.#perMs);
      this.#atMs = nowMs;
    }
    return this.#balance;
  }

  /** Takes `tokens`, whatever the balance; a negative number gives back, up to the capacity. */
  take(tokens: number, nowMs: number): void {
    this.#balance = Math.min(this.#capacity, this.balance(nowMs) - tokens);
  }

  get perMs(): number {
    return this.#perMs;
  }

  /** From now on another rate and capacity, and `balance` tokens. */
  reset(perMs: number, capacity: number, balance: number, nowMs: number): void {
    this.#perMs = perMs;
    this.#capacity = capacity;
    this.#balance = Math.min(capacity, balance);
    this.#atMs = nowMs;
  }
}
