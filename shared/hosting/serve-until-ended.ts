import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#shared/telemetry/logger.ts';
import type { Drainable } from './drainable.ts';

/** Cloud Run sends SIGKILL ten seconds after SIGTERM. */
const SHUTDOWN_MS = 10_000;
const DRAIN = { graceMs: 500, deadlineMs: 9_000 };
/** What is not acknowledged by then was never called accepted. The rest of the ten seconds is for the log. */
const CLOSE_DEADLINE_MS = 9_500;

/** What serves, and what it stands on. */
export interface Served {
  readonly host: Drainable & { readonly url: string };
  /** Flushes and ends what the requests used, once they are answered. Need not settle where something behind it hangs. */
  readonly close: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Ends the process within ten seconds of SIGTERM, of SIGINT, and of the end of the process that forked it: what is in
 * flight is answered, then `close`, then the exit with code 0. Tells the process that forked it `{ready: {url}}`.
 */
export function serveUntilEnded({ host, close, logger }: Served): void {
  const end = async (): Promise<never> => {
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    const deadline = delay(CLOSE_DEADLINE_MS, false, { ref: false });
    const cutOff = await host.drain(DRAIN);
    const flushed = await Promise.race([close().then(() => true), deadline]);
    logger.info({ cut_off: cutOff, flushed }, 'ended');
    await new Promise((resolve) => logger.flush(resolve));
    process.exit(0);
  };
  let ending: Promise<never> | undefined;
  const endOnce = (): void => void (ending ??= end());
  process.on('SIGTERM', endOnce).on('SIGINT', endOnce).on('disconnect', endOnce);
  logger.info({ url: host.url }, 'listening');
  process.send?.({ ready: { url: host.url } }, () => undefined);
  // The parent was gone before anybody listened for its end.
  if (process.send !== undefined && !process.connected) endOnce();
}
