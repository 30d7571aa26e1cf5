/**
 * The same as `main.ts` for functions-framework, which hosts Cloud Run functions:
 * `functions-framework --source=functions/function.ts --target=headgate`. It listens on `PORT`.
 */
import { readConfig } from '#shared/config/config.ts';
import { registerFunction } from '#shared/hosting/functions-framework-host.ts';
import { serveUntilEnded } from '#shared/hosting/serve-until-ended.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { composeFunctions } from './compose.ts';

const config = readConfig(process.env);
const logger = createLogger({ level: config.logLevel });
const { app, close } = composeFunctions(config, logger);
// Not awaited: the framework listens only once this module is loaded.
void registerFunction('headgate', app).then((host) => serveUntilEnded({ host, close, logger }));
