/** What one instance takes on at a time. */
export interface InstanceBounds {
  readonly requests: number;
  /** Of their bodies, decompressed. */
  readonly bodyBytes: number;
}

/** `tenant`: this tenant has its share in flight. `instance`: all tenants together have all there is. */
export type Overload = 'tenant' | 'instance';

/** Counts what is in flight on this instance, for each tenant and in all. */
export class InFlight {
  readonly #bounds: InstanceBounds;
  readonly #byTenant = new Map<string, { requests: number; bodyBytes: number }>();
  #requests = 0;
  #bodyBytes = 0;

  constructor(bounds: InstanceBounds) {
    this.#bounds = bounds;
  }

  /**
   * Whether one more request would be too much. Even the smallest share lets a tenant have one in flight, of any size.
   *
   * @param share of the instance that a tenant may take, above 0 and at most 1
   */
  overload(tenantId: string, bodyBytes: number, share: number): Overload | undefined {
    if (this.#requests + 1 > this.#bounds.requests || this.#bodyBytes + bodyBytes > this.#bounds.bodyBytes) {
      return 'instance';
    }
    const own = this.#byTenant.get(tenantId);
    if (own === undefined) return undefined;
    const isOver =
      own.requests + 1 > share * this.#bounds.requests || own.bodyBytes + bodyBytes > share * this.#bounds.bodyBytes;
    return isOver ? 'tenant' : undefined;
  }

  begin(tenantId: string, bodyBytes: number): void {
    const own = this.#byTenant.get(tenantId);
    if (own === undefined) this.#byTenant.set(tenantId, { requests: 1, bodyBytes });
    else {
      own.requests++;
      own.bodyBytes += bodyBytes;
    }
    this.#requests++;
    this.#bodyBytes += bodyBytes;
  }

  /** The body turned out to have so many bytes more, or fewer where negative. */
  grow(tenantId: string, bodyBytes: number): void {
    const own = this.#byTenant.get(tenantId);
    if (own === undefined) return;
    own.bodyBytes += bodyBytes;
    this.#bodyBytes += bodyBytes;
  }

  end(tenantId: string, bodyBytes: number): void {
    const own = this.#byTenant.get(tenantId);
    if (own === undefined) return;
    own.requests--;
    own.bodyBytes -= bodyBytes;
    if (own.requests === 0) this.#byTenant.delete(tenantId);
    this.#requests--;
    this.#bodyBytes -= bodyBytes;
  }
}
