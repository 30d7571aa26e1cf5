import { expect, test } from 'vitest';
import { TURN_UNITS, Turns } from './turns.ts';

/** The event loop, one round at a time. */
function setUp() {
  let pending: (() => void)[] = [];
  const turns = new Turns((round) => pending.push(round));
  const order: string[] = [];
  const ask = (tenantId: string, units: number): void => {
    const turn = turns.next(tenantId, units);
    if (turn === undefined) order.push(`${tenantId} at once`);
    else void turn.then(() => order.push(tenantId));
  };
  const round = async (): Promise<string[]> => {
    order.length = 0;
    const rounds = pending;
    pending = [];
    for (const each of rounds) each();
    await Promise.resolve();
    await Promise.resolve();
    return [...order];
  };
  return { ask, round, order, isIdle: () => pending.length === 0 };
}

test('a turn of work is done at once, once a round', async () => {
  const { ask, round, order } = setUp();
  for (let index = 0; index < 3; index++) ask('acme', TURN_UNITS / 2);
  expect(order).toEqual(['acme at once', 'acme at once']);
  expect(await round()).toEqual(['acme']);
});

test('the others are not kept waiting by what waits', async () => {
  const { ask, order } = setUp();
  for (let index = 0; index < 10; index++) ask('whale', TURN_UNITS);
  order.length = 0;
  ask('quiet', 1);
  expect(order).toEqual(['quiet at once']);
});

test('what waits gets a turn a round, by turns', async () => {
  const { ask, round } = setUp();
  for (let index = 0; index < 4; index++) ask('a', TURN_UNITS);
  for (let index = 0; index < 3; index++) ask('b', TURN_UNITS);
  const rounds = [];
  for (let index = 0; index < 5; index++) rounds.push(...(await round()));
  expect(rounds).toEqual(['a', 'b', 'a', 'b', 'a']);
});

test('tenants get as much done, whatever the size of the pieces', async () => {
  const { ask, round } = setUp();
  for (const tenant of ['small', 'large']) ask(tenant, TURN_UNITS);
  for (let index = 0; index < 40; index++) ask('small', TURN_UNITS / 4);
  for (let index = 0; index < 4; index++) ask('large', TURN_UNITS * 2);
  const counts: Record<string, number> = {};
  for (let index = 0; index < 12; index++)
    for (const tenant of await round()) counts[tenant] = (counts[tenant] ?? 0) + 1;
  expect(counts).toEqual({ small: 24, large: 3 });
});

test('a large piece does not wait where nobody else does', async () => {
  const { ask, round } = setUp();
  ask('whale', TURN_UNITS * 25);
  expect(await round()).toEqual(['whale']);
});

test('when nothing waits nothing is scheduled', async () => {
  const { ask, round, isIdle } = setUp();
  ask('acme', TURN_UNITS);
  ask('acme', TURN_UNITS);
  for (let index = 0; index < 3; index++) await round();
  expect(isIdle()).toBe(true);
});
