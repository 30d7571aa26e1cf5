/** A server that listens. */
interface RunningServer {
  readonly close: () => Promise<void>;
}

/**
 * Makes a server the purpose of this process: says where it listens, to the parent where one forked it and to a person
 * otherwise, and ends it with the process at SIGTERM, SIGINT, or when the parent is gone.
 *
 * @param where `address` (`host:port`) or `url`, as the parent reads it.
 */
export function runServer(
  server: RunningServer,
  where: { readonly address: string } | { readonly url: string },
  saying: string,
): void {
  const stop = (): void => void server.close().finally(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop).once('disconnect', stop);
  if (process.send === undefined) process.stdout.write(`${saying}\n`);
  else process.send({ ready: where }, () => undefined);
  // The parent was gone before anybody listened for its end.
  if (process.send !== undefined && !process.connected) stop();
}
