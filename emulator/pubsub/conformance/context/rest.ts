import type { Context } from './context.ts';

/** What the REST API has answered. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 10_000;

/** Calls the REST API. @param path after `/v1/` */
export async function request({ host }: Context, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`http://${host}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
