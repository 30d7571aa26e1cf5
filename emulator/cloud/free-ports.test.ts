import { expect, test } from 'vitest';
import { serveHttp } from '../process/http-server.ts';
import { freePorts, isFree } from './free-ports.ts';

test('so many ports, each another, and nobody listens on them', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  expect(await Promise.all(ports.map(isFree))).toEqual(ports.map(() => true));
});

test('a port that is taken is not among them', async () => {
  const [taken = 0] = await freePorts(1);
  const server = await serveHttp(() => new Response(), { port: taken });
  try {
    expect(await freePorts(20)).not.toContain(taken);
  } finally {
    await server.close();
  }
});
