import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { type Drainable, drainable } from './drainable.ts';
import type { FetchApp } from './fetch-app.ts';
import { requestListener } from './request-listener.ts';
import { TIMEOUTS, type Timeouts } from './timeouts.ts';

/** Node's own: published when a server has begun to listen, before it says so. */
const LISTENING = 'tracing:net.server.listen:asyncEnd';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Headers by which the framework's body parsers know that there is something for them. */
const PARSED_BY = ['content-type', 'content-encoding'] as const;

/**
 * Registers `app` as the function `name`, for functions-framework to serve, and takes back what it does to every function:
 *
 * - It reads bodies before the function runs, up to 1 GB and decompressed, and answers what it cannot parse with a page of
 *   its own: malformed JSON, an encoding or charset it does not know, a path that is not UTF-8. Here it sees neither what
 *   kind of body it is nor the path, and the application reads both, with its own bounds and answers.
 * - On SIGTERM it answers the latest request with 500 and exits. Here the process is ended by whoever drains the host.
 *
 * @returns `url` resolves when the framework listens.
 * @see https://github.com/GoogleCloudPlatform/functions-framework-nodejs
 */
export function registerFunction(
  name: string,
  app: FetchApp,
  timeouts: Timeouts = TIMEOUTS,
): Promise<Drainable & { readonly url: string }> {
  const hidden = new WeakMap<IncomingMessage, Hidden>();
  const listener = requestListener(app);
  http(name, (request, response) => {
    show(request, hidden.get(request));
    listener(request, response);
  });

  return new Promise((resolve) => {
    const adopt = (message: unknown): void => {
      const { server } = message as { readonly server: unknown };
      if (!(server instanceof Server)) return;
      unsubscribe(LISTENING, adopt);
      // Before it listens: the interval is set up then.
      Object.assign(server, timeouts);
      server.prependListener('request', (request) => hidden.set(request, hide(request)));
      const { drain } = drainable(server);
      const ours = SIGNALS.map((signal) => process.listeners(signal));
      // The framework installs its handlers when told of this, which is before us.
      server.once('listening', () => {
        SIGNALS.forEach((signal, index) => {
          for (const listener of process.listeners(signal)) {
            if (!ours[index]?.includes(listener)) process.off(signal, listener);
          }
        });
        resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, drain });
      });
    };
    subscribe(LISTENING, adopt);
  });
}

interface Hidden {
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

function hide(request: IncomingMessage): Hidden {
  const { url } = request;
  request.url = '/';
  const headers: Record<string, string> = {};
  for (const name of PARSED_BY) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
    delete request.headers[name];
  }
  return { url, headers };
}

function show(request: IncomingMessage, hidden: Hidden | undefined): void {
  if (hidden?.url !== undefined) request.url = hidden.url;
  Object.assign(request.headers, hidden?.headers);
}
