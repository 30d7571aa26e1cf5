import { afterAll, beforeAll, expect, test } from 'vitest';
import { residentBytes } from '#bench/process/memory.ts';
import { tallyOf } from './hostile.ts';
import { startNeighbours, type Neighbours } from './neighbours.ts';

const SECONDS = 20;
/** Each kind of body, in each coding, at least once. */
const AT_LEAST = 120;

let neighbours: Neighbours;

beforeAll(async () => {
  neighbours = await startNeighbours();
});
afterAll(() => neighbours.end());

// How long the quiet tenant waits meanwhile: `npm run bench -- hostile`.
test('hostile bodies, three at a time, in all codings: each is answered, the instance lives with the heap that is deployed, and its neighbour is refused nothing', async () => {
  const [result, quiet] = await Promise.all([
    neighbours.attack('unlimited', SECONDS, AT_LEAST),
    neighbours.quiet(SECONDS),
  ]);
  process.stdout.write(`${result.sent} hostile bodies: ${JSON.stringify(tallyOf(result))}\n`);
  for (const [name, answers] of Object.entries(result.answers)) {
    for (const answer of Object.keys(answers))
      expect([name, ['202', '413', '422', '429']]).toEqual([name, expect.arrayContaining([answer])]);
  }
  expect(tallyOf(result)).toMatchObject({ 202: expect.any(Number), 413: expect.any(Number), 422: expect.any(Number) });
  expect(quiet.refused).toBe(0);
  expect(quiet.latenciesMs.length).toBeGreaterThan(0);
  // The process that was started is the one that is there.
  expect(await residentBytes(neighbours.pid)).toBeGreaterThan(0);
  expect((await neighbours.quiet(1)).refused).toBe(0);
});
