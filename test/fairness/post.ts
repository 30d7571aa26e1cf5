import { type Agent, request } from 'node:http';

/** An answer, as far as limits show in it. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly rateLimit: string | undefined;
  readonly rateLimitPolicy: string | undefined;
  readonly body: string;
}

const TIMEOUT_MS = 20_000;

/** Posts a JSON body as it is. `undefined`: the connection failed, or nothing was answered in time. */
export function post(url: string, apiKey: string, body: string, agent: Agent): Promise<Answer | undefined> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve) => {
    const call = request(`${url}/v1/events`, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', () => resolve(undefined));
      response.once('end', () => {
        const header = (name: string): string | undefined => response.headers[name]?.toString();
        const retryAfter = header('retry-after');
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: retryAfter === undefined ? undefined : Number(retryAfter),
          rateLimit: header('ratelimit'),
          rateLimitPolicy: header('ratelimit-policy'),
          body: text,
        });
      });
    });
    call.once('timeout', () => call.destroy(new Error('no answer in time')));
    call.once('error', () => resolve(undefined));
    call.end(body);
  });
}
