import { CLOSED, Connection } from '#test/wire/connection.ts';

/** A byte now and then: often enough that nothing looks idle. */
const DRIBBLE_MS = 1_000;
/** A request has ten seconds for its headers, thirty in all, and expired ones are looked for every so often. */
const CLOSED_WITHIN_MS = 75_000;

const OPENINGS = [
  '',
  'P',
  'POST /v1/events HTTP/1.1\r\n',
  'POST /v1/events HTTP/1.1\r\nhost: a\r\nx: ',
  'POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n{',
  'POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\n',
];

/**
 * Opens `count` connections on which a request never ends, and sends a byte of each now and then.
 *
 * @param authorization header line of a good credential: every other of them gets past the door.
 * @returns resolves with how many of them the server did not close in time.
 */
export async function holdSlowConnections(api: string, count: number, authorization: string): Promise<number> {
  const stayed = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const connection = await Connection.open(api);
      const opening = OPENINGS[index % OPENINGS.length] ?? '';
      connection.write(index % 4 < 2 ? opening.replace('host: a', `host: a\r\n${authorization}`) : opening);
      const dribble = setInterval(() => connection.write('a'), DRIBBLE_MS);
      try {
        return await isLeftOpen(connection);
      } finally {
        clearInterval(dribble);
        connection.close();
      }
    }),
  );
  return stayed.filter(Boolean).length;
}

/** A refusal may come first: what then counts is that the connection ends. */
async function isLeftOpen(connection: Connection): Promise<boolean> {
  const deadline = performance.now() + CLOSED_WITHIN_MS;
  for (;;) {
    const response = await connection.responseWithin(Math.max(0, deadline - performance.now()));
    if (response === undefined) return true;
    if (response === CLOSED) return false;
  }
}
