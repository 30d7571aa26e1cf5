import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PubSubServer, startPubSub } from '../index.ts';
import { fuzz } from './fuzz.ts';

const NOBODY = 'http://localhost:9';

let server: PubSubServer;
const log: string[] = [];

beforeAll(async () => {
  server = await startPubSub({
    bigqueryUrl: NOBODY,
    maxHeldBytes: 16 * 1024 * 1024,
    log: (message) => void log.push(message),
  });
});

afterAll(() => server.close());

test(
  'whatever it is sent, the server answers properly, and serves as ever afterwards',
  { timeout: 60_000 },
  async () => {
    const result = await fuzz({ address: server.address, requests: 1_000, seed: 20_261_121, maxSeconds: 45 });
    expect(result.faults).toEqual([]);
    expect(log).toEqual([]);
    // Sound requests are among them, and such as are refused.
    expect(result.answers.get('gRPC 0')).toBeGreaterThan(10);
    expect(result.answers.get('gRPC 3')).toBeGreaterThan(10);
  },
);
