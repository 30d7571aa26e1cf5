/** What a tenant's customer needs to begin. */
export interface Onboarded {
  /** Base URL. */
  readonly endpoint: string;
  readonly apiKey: string;
}

/** A line that works when it is pasted into a shell: one event that any tenant may send. */
export function firstRequest({ endpoint, apiKey }: Onboarded, now: Date): string {
  const event = {
    type: 'customer.created',
    timestamp: now.toISOString(),
    subject: 'cus_1234567890',
    data: { customer: { id: 'cus_1234567890', email: 'ada@example.com', country: 'GB' } },
  };
  return [
    `curl -sS ${endpoint}/v1/events`,
    `-H 'Authorization: Bearer ${apiKey}'`,
    `-H 'Content-Type: application/json'`,
    `-d '${JSON.stringify(event)}'`,
  ].join(' ');
}
