/** What an instance may let through of a tenant's events: a bucket that fills at a rate, and may be overdrawn. */
export class TokenBucket {
  #balance: number;
  #perMs: number;
  #capacity: number;
  #atMs: number;
  #overflow = 0;

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
      this.#fill((nowMs - this.#atMs) * this.#perMs);
      this.#atMs = nowMs;
    }
    return this.#balance;
  }

  /** Takes `tokens`, whatever the balance; a negative number gives back, up to the capacity. */
  take(tokens: number, nowMs: number): void {
    this.balance(nowMs);
    this.#fill(-tokens);
  }

  /** Tokens for which there was no room, since it was asked for last. */
  takeOverflow(nowMs: number): number {
    this.balance(nowMs);
    const overflow = this.#overflow;
    this.#overflow = 0;
    return overflow;
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

  #fill(tokens: number): void {
    const filled = this.#balance + tokens;
    this.#balance = Math.min(this.#capacity, filled);
    this.#overflow += filled - this.#balance;
  }
}
