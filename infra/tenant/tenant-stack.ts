/** What a tenant has once its stack is applied. */
export interface AppliedTenant {
  /** Base URL. */
  readonly endpoint: string;
  /** Base URL of `/v1/api-keys`, where it is another. */
  readonly adminEndpoint?: string;
  /** The first of its keys. */
  readonly apiKey: string;
  /** All of them, by name. */
  readonly apiKeys: Readonly<Record<string, string>>;
}

/** The stack of one tenant, wherever it lives. */
export interface TenantStack {
  /** What the configuration says under `apiKeys`; undefined where it says nothing. */
  apiKeys(): Promise<unknown>;
  /**
   * Sets what is given of the configuration (text as it is, anything else as JSON), leaves the rest, and brings the tenant
   * into line.
   */
  apply(settings: Readonly<Record<string, unknown>>): Promise<AppliedTenant>;
}
