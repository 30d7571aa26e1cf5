import { z } from 'zod';
import type { Stack } from '#emulator/cloud/stack-file.ts';

/** What the API answered, whatever the status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export const Results = z.object({
  accepted: z.number(),
  rejected: z.number(),
  results: z.array(
    z.object({
      id: z.string().optional(),
      status: z.enum(['accepted', 'duplicate', 'rejected', 'retry']),
      error: z.object({ code: z.string(), message: z.string(), path: z.string().optional() }).optional(),
    }),
  ),
});

/** The HTTP API as one tenant's customer calls it. */
export interface Api {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
}

const DEADLINE_MS = 20_000;

export function apiOf(stack: Stack, tenant: string): Api {
  const apiKey = stack.tenants[tenant]?.apiKey;
  if (apiKey === undefined) throw new Error(`no tenant ${tenant}`);
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${stack.api}${path}`, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  };
  return {
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path) => call(path, { headers: { authorization: `Bearer ${apiKey}` } }),
  };
}
