import { expect, test } from 'vitest';
import { type BestEffort, createBestEffort, type EffortFailures } from './best-effort.ts';

const DEADLINE_MS = 10;

function setUp() {
  let nowMs = 0;
  const reports: EffortFailures[] = [];
  const effort = createBestEffort({
    deadlineMs: DEADLINE_MS,
    onFailure: (failures) => reports.push(failures),
    now: () => nowMs,
  });
  return { effort, reports, advance: (ms: number) => (nowMs += ms) };
}

/** How many of `count` attempts reach a service that answers with `answer`. */
async function reaching(effort: BestEffort, count: number, answer: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  for (let index = 0; index < count; index++) {
    await effort.attempt(() => {
      calls++;
      return answer();
    });
  }
  return calls;
}

const unavailable = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 14 }));
const invalid = (): Promise<never> => Promise.reject(Object.assign(new Error('too large'), { code: 3 }));

test('gives what the work gave', async () => {
  expect(await setUp().effort.attempt(async () => undefined)).toEqual({ ok: true, value: undefined });
});

test('a failure and silence are the same to the caller', async () => {
  const { effort } = setUp();
  expect(await effort.attempt(unavailable)).toEqual({ ok: false });
  expect(await effort.attempt(() => new Promise(() => undefined))).toEqual({ ok: false });
});

test('after three failures it pauses for a second, then tries one at a time until one succeeds', async () => {
  const { effort, advance } = setUp();
  expect(await reaching(effort, 10, unavailable)).toBe(3);
  advance(1_000);
  expect(await reaching(effort, 10, unavailable)).toBe(1);
  advance(1_000);
  const answer = Promise.withResolvers<string>();
  const probe = effort.attempt(() => answer.promise);
  expect(await reaching(effort, 5, async () => undefined)).toBe(0);
  answer.resolve('back');
  expect(await probe).toEqual({ ok: true, value: 'back' });
  expect(await reaching(effort, 5, async () => undefined)).toBe(5);
});

test('a success between failures begins the count anew', async () => {
  const { effort } = setUp();
  for (let round = 0; round < 5; round++) {
    expect(await reaching(effort, 2, unavailable)).toBe(2);
    expect(await reaching(effort, 1, async () => undefined)).toBe(1);
  }
});

test('what is refused for its content pauses nothing', async () => {
  expect(await reaching(setUp().effort, 10, invalid)).toBe(10);
});

test('what fails because the process stood still pauses nothing', async () => {
  const { effort, advance } = setUp();
  const late = async (): Promise<never> => {
    advance(90_000);
    return unavailable();
  };
  expect(await reaching(effort, 10, late)).toBe(10);
});

test('failures are reported at once, and then every ten seconds with their number', async () => {
  const { effort, reports, advance } = setUp();
  await reaching(effort, 10, unavailable);
  expect(reports).toMatchObject([{ failed: 1, skipped: 0 }]);
  advance(10_000);
  await reaching(effort, 1, unavailable);
  expect(reports).toMatchObject([{ failed: 1 }, { failed: 3, skipped: 7 }]);
});

test('what comes after the deadline is undone', async () => {
  const { effort } = setUp();
  const answer = Promise.withResolvers<string>();
  const undone = Promise.withResolvers<string>();
  expect(
    await effort.attempt(
      () => answer.promise,
      async (late) => undone.resolve(late),
    ),
  ).toEqual({ ok: false });
  answer.resolve('late');
  expect(await undone.promise).toBe('late');
});
