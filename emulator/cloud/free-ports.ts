import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range from which the system takes the ports of outgoing connections. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
/** Where each process begins to look: two that look at the same moment would find the same port free. */
const BLOCK_SIZE = 16;
const BLOCKS = (LAST_PORT - FIRST_PORT) / BLOCK_SIZE;
const MAX_ATTEMPTS = 200;

/**
 * `count` different TCP ports on 127.0.0.1 on which nobody listens now, and which other processes that ask at the same time are not
 * given, as a rule. A server which is killed and started again finds its own still free.
 *
 * @throws {Error} where too many ports were taken.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  const start = (process.pid % BLOCKS) * BLOCK_SIZE;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && found.length < count; attempt++) {
    const port = FIRST_PORT + ((start + attempt) % (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`no ${count} ports free of ${MAX_ATTEMPTS} that were tried`);
  return found;
}

/** True where a server could listen on 127.0.0.1:`port` at this moment. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
