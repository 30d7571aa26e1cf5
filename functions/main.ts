/**
 * Serves the functions that `FUNCTIONS` names on one port, on `node:http`: locally, and as Cloud Run services. Configured by
 * its environment (`shared/config`). SIGTERM and SIGINT end it once what is in flight has been answered; so does the end of
 * the process that forked it, which is told `{ready: {url}}` when connections are accepted.
 */
import { readConfig } from '#shared/config/config.ts';
import { startNodeHost } from '#shared/hosting/node-host.ts';
import { serveUntilEnded } from '#shared/hosting/serve-until-ended.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { composeFunctions } from './compose.ts';

const config = readConfig(process.env);
const logger = createLogger({ level: config.logLevel });
const { app, close } = composeFunctions(config, logger);
// Not awaited: the bundle is CommonJS, which loads faster, and has no top-level await.
void startNodeHost({ app, host: config.host, port: config.port }).then((host) =>
  serveUntilEnded({ host, close, logger }),
);
