import { PubSub } from '@google-cloud/pubsub';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BATCHING } from './batching.ts';

/**
 * The least that an endpoint can be: receives, parses, publishes each event as it came, awaits the acknowledgements,
 * answers. No credentials, no validation, no attributes, no limits, no log.
 */
const topic = new PubSub({ projectId: process.env['GOOGLE_CLOUD_PROJECT'] ?? '' }).topic(process.env['TOPIC'] ?? '', {
  batching: BATCHING,
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  const events: readonly unknown[] = Array.isArray(body) ? body : [body];
  await Promise.all(events.map((event) => topic.publishMessage({ data: Buffer.from(JSON.stringify(event)) })));
  response.writeHead(202, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ accepted: events.length }));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
});
process.on('disconnect', () => process.exit());
