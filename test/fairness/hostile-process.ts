/** Sends hostile bodies as it is ordered to by its parent ({@link HostileOrder}), and answers with what became of them. */
import { Agent, request } from 'node:http';
import { bodyOf } from './body.ts';
import { hostileBodies, type HostileBody } from './hostile-bodies.ts';
import type { HostileOrder, HostileResult } from './hostile.ts';

/** A credential of which fifty requests in a row held nothing valid is shut out: it sends something valid now and then. */
const GOOD_EVERY = 20;
const GOOD: HostileBody = {
  name: 'good',
  contentType: 'application/json',
  contentEncoding: 'identity',
  bytes: Buffer.from(bodyOf(1)),
};

const bodies = hostileBodies();
const agent = new Agent({ keepAlive: true });

function send({ url, apiKey }: HostileOrder, { contentType, contentEncoding, bytes }: HostileBody): Promise<string> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': contentType,
    'content-encoding': contentEncoding,
    'content-length': bytes.length,
  };
  return new Promise((resolve) => {
    const call = request(`${url}/v1/events`, { method: 'POST', agent, headers, timeout: 30_000 }, (response) => {
      response.resume();
      response.once('error', (error) => resolve(error.message));
      response.once('end', () => resolve(String(response.statusCode)));
    });
    call.once('timeout', () => call.destroy(new Error('no answer in time')));
    call.once('error', (error) => resolve(error.message));
    call.end(bytes);
  });
}

async function attack(order: HostileOrder): Promise<HostileResult> {
  const answers: Record<string, Record<string, number>> = {};
  const endsAtMs = performance.now() + order.seconds * 1_000;
  let next = 0;
  const isOver = (): boolean => performance.now() > endsAtMs && next >= order.atLeast;
  async function sendInTurn(): Promise<void> {
    while (!isOver()) {
      const at = next++;
      const body = at % GOOD_EVERY === 0 ? GOOD : (bodies[at % bodies.length] ?? GOOD);
      const answer = await send(order, body);
      const ofBody = (answers[body.name] ??= {});
      ofBody[answer] = (ofBody[answer] ?? 0) + 1;
    }
  }
  await Promise.all(Array.from({ length: order.atATime }, sendInTurn));
  return { answers, sent: next };
}

process.on('message', (order: HostileOrder) => void attack(order).then((result) => process.send?.(result)));
process.on('disconnect', () => process.exit());
