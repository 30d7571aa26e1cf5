import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { OidcSigner } from '#emulator/oidc/signer.ts';
import { type Clock, systemClock } from '../clock/clock.ts';
import type { PubsubMessage, PushConfig } from '../protocol/resources.ts';
import { type PushContext, type PushRequest, pushRequest } from './push-request.ts';

/** How a push ended. Whatever is not an acknowledgement is delivered again. */
export type PushResult = { readonly acknowledged: true } | { readonly acknowledged: false; readonly reason: string };

/** Where a push subscription delivers to. */
export interface PushEndpoint {
  /** One attempt to deliver one message. Never throws. The message may have been handled although it is not acknowledged. */
  deliver(message: PubsubMessage, context: PushContext): Promise<PushResult>;
  close(): void;
}

export interface PushEndpointOptions {
  readonly config: PushConfig & { readonly pushEndpoint: string };
  readonly signer: OidcSigner;
  /** The subscription's ack deadline: an answer that comes later does not count. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

/** @see https://cloud.google.com/pubsub/docs/push#receive_push */
const ACKNOWLEDGING = new Set([102, 200, 201, 202, 204]);
const MAX_IDLE_CONNECTIONS = 64;

export function createPushEndpoint({
  config,
  signer,
  timeoutMs,
  clock = systemClock,
}: PushEndpointOptions): PushEndpoint {
  const url = new URL(config.pushEndpoint);
  const isSecure = url.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, scheduling: 'lifo' } as const;
  const agent = isSecure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const startRequest = isSecure ? httpsRequest : httpRequest;
  // Taken apart once: for each push it would be a tenth of what the push costs.
  const requestOptions = { ...urlToHttpOptions(url), method: 'POST', agent };

  const post = ({ headers, body }: PushRequest, authorization: Record<string, string>): Promise<PushResult> =>
    new Promise((resolve) => {
      const fail = (reason: string): void => resolve({ acknowledged: false, reason });
      const settle = (status: number): void => {
        if (ACKNOWLEDGING.has(status)) resolve({ acknowledged: true });
        else fail(`the push endpoint answered ${status}`);
      };
      const sent = startRequest({
        ...requestOptions,
        headers: {
          'user-agent': 'CloudPubSub-Google',
          ...headers,
          ...authorization,
          'content-length': body.length,
        },
      });
      const deadline = clock.after(timeoutMs, () => {
        fail('the push endpoint did not answer within the ack deadline');
        sent.destroy();
      });
      sent.on('information', ({ statusCode }) => {
        if (statusCode === 102) settle(statusCode);
      });
      sent.on('response', (response) => {
        settle(response.statusCode ?? 0);
        response.resume();
      });
      sent.on('error', (error) => fail(`the push endpoint could not be reached: ${error.message}`));
      sent.on('close', () => deadline.cancel());
      sent.end(body);
    });

  return {
    async deliver(message, context) {
      const request = pushRequest(config, message, context);
      return post(request, await authorize(config, signer));
    },
    close: () => agent.destroy(),
  };
}

async function authorize(
  { oidcToken, pushEndpoint }: PushEndpointOptions['config'],
  signer: OidcSigner,
): Promise<Record<string, string>> {
  const { serviceAccountEmail } = oidcToken ?? {};
  if (!serviceAccountEmail) return {};
  const token = await signer.idToken({ serviceAccountEmail, audience: oidcToken?.audience || pushEndpoint });
  return { authorization: `Bearer ${token}` };
}
