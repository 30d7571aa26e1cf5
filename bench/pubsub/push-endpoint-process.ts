import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let count = 0;
let firstAt = 0;
let lastAt = 0;

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    count++;
    lastAt = performance.now();
    if (count === 1) firstAt = lastAt;
    response.writeHead(204).end();
  });
});

process.on('message', ({ reset }: { reset: boolean }) => {
  if (reset) count = firstAt = lastAt = 0;
  process.send?.({ count, durationMs: lastAt - firstAt });
});
process.once('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}/push` });
});
